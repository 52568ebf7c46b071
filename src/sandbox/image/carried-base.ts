import { Readable } from "node:stream";
import { EngineError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { type Engine, engineFailure } from "../engine/engine.ts";
import { followProgress } from "../engine/progress.ts";
import type { RecordedBase } from "../machine.ts";
import type { Base } from "../sandbox.ts";
import { reopenBase } from "./base.ts";
import { checkTagIsOurs, findImage, layersOf } from "./image.ts";

/** An image with all of its layers, as `docker save` writes it. */
export async function saveImage(engine: Engine, tag: string): Promise<NodeJS.ReadableStream> {
  return engine.docker.getImage(tag).get();
}

/**
 * Loads the base that another machine made, and opens it. Throws `EngineError` where this engine makes something else of it: nodes would not
 * stand on the same layers.
 */
export async function carryBase(
  settings: DockerSettings,
  recorded: RecordedBase,
  carry: (signal: AbortSignal) => Promise<NodeJS.ReadableStream>,
  signal: AbortSignal,
): Promise<Base> {
  const { engine } = settings;
  await checkTagIsOurs(settings, recorded.tag);
  const saved = await carry(signal);
  const cut = () => {
    if (saved instanceof Readable) saved.destroy();
  };
  signal.addEventListener("abort", cut, { once: true });
  try {
    const answer = await engine.docker.loadImage(saved, { quiet: true });
    const failure = await followProgress(engine.docker, answer, () => {});
    if (failure !== null) throw new EngineError(`it cannot load the base: ${printable(failure)}`);
  } catch (error) {
    signal.throwIfAborted();
    throw engineFailure(error) ?? error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
  return (await reopenBase(settings, recorded)) ?? (await refuse(engine, recorded));
}

async function refuse(engine: Engine, { tag, layers }: RecordedBase): Promise<never> {
  const loaded = await findImage(engine, tag);
  const there = loaded === null ? [] : layersOf(loaded);
  const same = layers.findIndex((layer, i) => layer !== there[i]);
  throw new EngineError(
    loaded === null
      ? `it loaded the base under another name than ${tag}`
      : `the base comes out different there: layer ${same + 1} of ${layers.length} is ${there[same] ?? "missing"}, not ${layers[same] ?? ""}`,
  );
}
