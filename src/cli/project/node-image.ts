import { homeMachine } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import { UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { snapshotLayers } from "../../core/tree/node.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { findImage, layersOf } from "../../sandbox/image/image.ts";
import type { StoredNode } from "./stored-project.ts";

/**
 * The id of a node's image, after a check of its layers: they must be the base's and the recorded one
 * (docs/architecture.md, must 2). Throws `UserError` for an image that is gone, was replaced, or is on another machine alone.
 */
export async function checkedImageId(
  engine: Engine,
  { run, node }: StoredNode,
  config: Pick<Config, "machines">,
): Promise<{ readonly imageId: string; readonly tag: string }> {
  const { snapshot } = node;
  if (snapshot === null || run.record.base === null) {
    throw new UserError(`${node.id} has no image${node.reason === "" ? "" : `: ${node.reason}`}`);
  }
  const { tag } = snapshot;
  const image = await findImage(engine, tag);
  const hint = `\`loopty reproduce ${node.id}\` makes it again from the stored files`;
  if (image === null) {
    const { name } = homeMachine(config);
    const where =
      node.machine === name
        ? "is gone"
        : `is not on ${printable(name)}: ${node.id} was measured on ${printable(node.machine)}`;
    throw new UserError(`the image ${tag} ${where}`, { hint });
  }
  if (layersOf(image).join() !== snapshotLayers(run.record.base.layers, snapshot).join()) {
    throw new UserError(`the image ${tag} is not the one that was recorded`, { hint });
  }
  return { imageId: image.Id, tag };
}
