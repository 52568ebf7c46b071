import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ImageInspectInfo } from "dockerode";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import type { Engine } from "../engine/engine.ts";
import { followProgress } from "../engine/progress.ts";
import type { SandboxSettings, SandboxSource } from "../machine.ts";
import { buildDockerfile } from "./dockerfile-build.ts";
import { checkNoWorkspaceVolume, findImage } from "./image.ts";

const PACKAGED = fileURLToPath(new URL("../../../sandbox/Dockerfile", import.meta.url));

/**
 * The image that the base starts from: built, pulled or found. A build trusts the certificates of the file `ca` as well.
 * Throws `UserError` with the build's last lines.
 */
export async function sandboxImage(
  engine: Engine,
  source: SandboxSource,
  signal: AbortSignal,
  ca: string | null = null,
  onOutput: SandboxSettings["onOutput"] = undefined,
): Promise<ImageInspectInfo> {
  if (source.kind === "image") {
    const image = (await findImage(engine, source.ref)) ?? (await pull(engine, source.ref));
    checkNoWorkspaceVolume(image, source.ref);
    return image;
  }
  const dockerfile = source.kind === "packaged" ? PACKAGED : source.path;
  const text = await readFile(dockerfile, "utf8").catch((cause: unknown) => {
    throw new UserError(`cannot read ${dockerfile}`, { cause });
  });
  // The Dockerfile's text names the image. What it copies in may change without it, and then the engine's own cache decides.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const tag = `loopty/sandbox:${digest}`;
  const copies = /^\s*(COPY|ADD)\s/im.test(text);
  const known = copies ? null : await findImage(engine, tag);
  if (known === null) {
    await buildDockerfile(engine, { path: dockerfile, text, tag, copies, ca, onOutput }, signal);
  }
  const image = known ?? (await engine.docker.getImage(tag).inspect());
  checkNoWorkspaceVolume(image, dockerfile);
  return image;
}

async function pull(engine: Engine, reference: string): Promise<ImageInspectInfo> {
  try {
    const response = await engine.docker.pull(reference, {});
    const failure = await followProgress(engine.docker, response, () => {});
    if (failure !== null) throw new EngineError(failure);
    return await engine.docker.getImage(reference).inspect();
  } catch (cause) {
    throw new UserError(`the image ${reference} is not here and cannot be pulled`, {
      hint: `${messageOf(cause)}; docker pull ${reference}, or name a sandbox.dockerfile`,
      cause,
    });
  }
}
