import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageInspectInfo } from "dockerode";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { lastLines } from "../container/output.ts";
import type { Engine } from "../engine/engine.ts";
import type { SandboxSource } from "../machine.ts";
import { checkNoWorkspaceVolume, findImage } from "./image.ts";

const PACKAGED = fileURLToPath(new URL("../../../sandbox/Dockerfile", import.meta.url));

/** The image that the base starts from: built, pulled or found. Throws `UserError` with the build's last lines. */
export async function sandboxImage(
  engine: Engine,
  source: SandboxSource,
  signal: AbortSignal,
): Promise<ImageInspectInfo> {
  if (source.kind === "image") {
    const image = (await findImage(engine, source.ref)) ?? (await pull(engine, source.ref));
    checkNoWorkspaceVolume(image, source.ref);
    return image;
  }
  const dockerfile = source.kind === "packaged" ? PACKAGED : source.path;
  const text = await readFile(dockerfile).catch((cause: unknown) => {
    throw new UserError(`cannot read ${dockerfile}`, { cause });
  });
  // The Dockerfile's text names the image. What it copies in may change without it, and then the engine's own cache decides.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const tag = `loopty/sandbox:${digest}`;
  const copies = /^\s*(COPY|ADD)\s/im.test(text.toString("utf8"));
  const known = copies ? null : await findImage(engine, tag);
  if (known === null) await build(engine, dockerfile, tag, copies, signal);
  const image = known ?? (await engine.docker.getImage(tag).inspect());
  checkNoWorkspaceVolume(image, dockerfile);
  return image;
}

async function build(
  engine: Engine,
  dockerfile: string,
  tag: string,
  copies: boolean,
  signal: AbortSignal,
): Promise<void> {
  // A Dockerfile at the top of a project would send all of it, hidden files too, for nothing.
  const context = { context: dirname(dockerfile), src: [copies ? "." : basename(dockerfile)] };
  const log: string[] = [];
  const response = await engine.docker.buildImage(context, {
    t: tag,
    dockerfile: basename(dockerfile),
    forcerm: true,
    abortSignal: signal,
  });
  const failure = await follow(engine, response, (line) => log.push(line));
  if (failure === null) return;
  const tail = lastLines(printableBlock(log.join("")), 20);
  throw new UserError(`the sandbox image does not build: ${failure}\n${tail}`, {
    hint: `try it alone: docker build -f ${dockerfile} ${dirname(dockerfile)}`,
  });
}

async function pull(engine: Engine, reference: string): Promise<ImageInspectInfo> {
  try {
    const response = await engine.docker.pull(reference, {});
    const failure = await follow(engine, response, () => {});
    if (failure !== null) throw new EngineError(failure);
    return await engine.docker.getImage(reference).inspect();
  } catch (cause) {
    throw new UserError(`the image ${reference} is not here and cannot be pulled`, {
      hint: `${messageOf(cause)}; docker pull ${reference}, or name a sandbox.dockerfile`,
      cause,
    });
  }
}

/** Reads the engine's progress stream to its end. Returns the reported error, or `null`. */
function follow(
  engine: Engine,
  stream: NodeJS.ReadableStream,
  onText: (text: string) => void,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let failure: string | null = null;
    engine.docker.modem.followProgress(
      stream,
      (error) => (error === null || failure !== null ? resolve(failure) : reject(error)),
      (event: { readonly stream?: string; readonly error?: string }) => {
        if (event.error !== undefined) failure = event.error;
        if (event.stream !== undefined) onText(event.stream);
      },
    );
  });
}
