import { type ImageKind, LABEL } from "../container/label.ts";
import { type Engine, isConflict, isNotFound } from "../engine/engine.ts";

export interface LabelledImage {
  readonly id: string;
  readonly kind: ImageKind;
  /** Empty for a base. */
  readonly node: string;
  /** Our own tags. A tag that a person gave it is theirs. */
  readonly tags: readonly string[];
}

/** The images of one project, found by label. */
export async function listImages(engine: Engine, projectId: string): Promise<LabelledImage[]> {
  const filters = { label: [`${LABEL.project}=${projectId}`] };
  const images = await engine.docker.listImages({ filters });
  return images.flatMap((image) => {
    const labels = image.Labels ?? {};
    const kind = KINDS.find((known) => known === labels[LABEL.kind]);
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>").map(familiarTag);
    const own = tags.filter((tag) => tag.startsWith("loopty/"));
    // Only a person's own tag is left. That person wants to keep the image.
    if (kind === undefined || (own.length === 0 && tags.length > 0)) return [];
    return [{ id: image.Id, kind, node: labels[LABEL.node] ?? "", tags: own }];
  });
}

/** A tag as Docker prints it and every engine takes it: Podman names the registry that a short name stands for. */
function familiarTag(tag: string): string {
  return tag.replace(/^docker\.io\/(library\/)?/, "");
}

// Images that stand on others go before them.
const KINDS: readonly ImageKind[] = ["built", "snapshot", "base"];

/** Removes images, those that stand on others first. An image that a container still uses stays, and is named in the answer. */
export async function removeImages(
  engine: Engine,
  images: readonly LabelledImage[],
): Promise<{ readonly removed: number; readonly inUse: readonly string[] }> {
  let removed = 0;
  const inUse: string[] = [];
  for (const kind of KINDS) {
    for (const image of images.filter((candidate) => candidate.kind === kind)) {
      for (const reference of image.tags.length > 0 ? image.tags : [image.id]) {
        try {
          await engine.docker.getImage(reference).remove();
          removed++;
        } catch (error) {
          if (isConflict(error)) inUse.push(reference);
          else if (!isNotFound(error)) throw error;
        }
      }
    }
  }
  return { removed, inUse };
}
