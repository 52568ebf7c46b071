import type { Container, ImageInspectInfo } from "dockerode";
import { UserError } from "../../core/error.ts";
import { LABEL } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { type Engine, isNotFound } from "../engine/engine.ts";
import { WORKSPACE } from "../sandbox.ts";

/** Returns `null` when the engine has no such image. */
export async function findImage(
  engine: Engine,
  reference: string,
): Promise<ImageInspectInfo | null> {
  try {
    return await engine.docker.getImage(reference).inspect();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The digests of an image's layers, lowest first. */
export function layersOf(image: ImageInspectInfo): readonly string[] {
  return image.RootFS.Layers ?? [];
}

/** Throws `UserError` when the tag is another project's, or nobody's. Such a tag is never overwritten. */
export async function checkTagIsOurs(settings: DockerSettings, tag: string): Promise<void> {
  const image = await findImage(settings.engine, tag);
  if (image === null || image.Config.Labels?.[LABEL.project] === settings.projectId) return;
  throw new UserError(`the image ${tag} exists and belongs to another project`, {
    hint: `choose another name in loopty.yaml, or remove it: docker image rm ${tag}`,
  });
}

/** A volume declared over the workspace would hide everything a snapshot holds there. */
export function checkNoWorkspaceVolume(image: ImageInspectInfo, reference: string): void {
  for (const volume of Object.keys(image.Config.Volumes ?? {})) {
    const path = `${volume.replace(/\/+$/, "")}/`;
    if (path.startsWith(`${WORKSPACE}/`) || `${WORKSPACE}/`.startsWith(path)) {
      throw new UserError(`the image ${reference} declares VOLUME ${volume}`, {
        hint: `${WORKSPACE} belongs to loopty: take that VOLUME out of the Dockerfile`,
      });
    }
  }
}

/** Commits a stopped container under a tag. Labels and command are those that the container was created with. */
export async function commit(
  settings: DockerSettings,
  container: Container,
  tag: string,
): Promise<ImageInspectInfo> {
  await checkTagIsOurs(settings, tag);
  const [repo, name] = splitTag(tag);
  const changes =
    settings.engine.kind === "podman" ? { changes: await commandAlone(container) } : {};
  await container.commit({ repo, tag: name, pause: false, author: "loopty", ...changes });
  return settings.engine.docker.getImage(tag).inspect();
}

/** A container on Podman has the beginning of its command as its entrypoint. No image of ours has one. */
async function commandAlone(container: Container): Promise<string> {
  const { Config: config } = await container.inspect();
  const command = [config.Entrypoint ?? [], config.Cmd ?? []].flat();
  return `ENTRYPOINT []\nCMD ${JSON.stringify(command)}`;
}

function splitTag(tag: string): [string, string] {
  const at = tag.lastIndexOf(":");
  return [tag.slice(0, at), tag.slice(at + 1)];
}
