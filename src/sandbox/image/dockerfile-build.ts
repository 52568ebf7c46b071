import { basename, dirname } from "node:path";
import type { ImageBuildOptions } from "dockerode";
import { messageOf, UserError } from "../../core/error.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { packArchive } from "../container/archive.ts";
import { lastLines } from "../container/output.ts";
import { type Engine, isBadRequest } from "../engine/engine.ts";
import { type EngineProgress, followProgress } from "../engine/progress.ts";
import type { SandboxSettings } from "../machine.ts";
import { contextEntries } from "./build-context.ts";
import { needsBuildKit, printedIn } from "./buildkit.ts";
import { FIXED_TIME, trustImage } from "./trust.ts";
import { trustingDockerfile } from "./trusting-dockerfile.ts";

/** A Dockerfile on this machine, and the image that it shall become. */
export interface DockerfileBuild {
  readonly path: string;
  readonly text: string;
  readonly tag: string;
  /** Whether it copies files in from beside it. */
  readonly copies: boolean;
  /** A file of certificates that its commands trust; `null` for none. */
  readonly ca: string | null;
  readonly onOutput?: SandboxSettings["onOutput"];
}

const SHOWN_LINES = 20;
const PARSE_ERROR = /dockerfile parse error (?:on )?line (\d+): (.*)/is;
const NO_BUILDKIT = /requires BuildKit|build-context-\w+/;

/**
 * Builds with the classic builder, which every engine has, or with BuildKit where the Dockerfile is written for it.
 * What fails is the user's: throws `UserError` with the build's last lines, and the line where the Dockerfile is wrong.
 */
export async function buildDockerfile(
  engine: Engine,
  dockerfile: DockerfileBuild,
  signal: AbortSignal,
): Promise<void> {
  const { path, text, tag } = dockerfile;
  const { context, lineOf } = await contextOf(engine, dockerfile);
  const options: ImageBuildOptions = {
    t: tag,
    dockerfile: basename(path),
    forcerm: true,
    abortSignal: signal,
    // The engine keeps these out of the image and its history.
    buildargs: engine.proxies,
    // Podman's only builder takes all of it.
    ...(engine.kind === "docker" && needsBuildKit(text) ? { version: "2" } : {}),
  };
  const log: string[] = [];
  const failure = await engine.docker.buildImage(context, options).then(
    (stream) =>
      followProgress(engine.docker, stream, (progress) => {
        const line = printed(progress);
        log.push(line);
        dockerfile.onOutput?.(Buffer.from(line));
      }),
    (error: unknown) => {
      // The engine did not even begin.
      if (isBadRequest(error)) return messageOf(error);
      throw error;
    },
  );
  if (failure !== null) throw buildError(path, failure, log.join(""), lineOf);
}

/** What is sent, and which line of the Dockerfile stands at a line of what is sent. */
async function contextOf(engine: Engine, { path, text, copies, ca }: DockerfileBuild) {
  const [folder, name] = [dirname(path), basename(path)];
  // A Dockerfile at the top of a project would send all of it, hidden files too, for nothing.
  if (ca === null) {
    const lineOf = (line: number) => line;
    return { context: { context: folder, src: [copies ? "." : name] }, lineOf };
  }
  const { text: trusting, lineOf } = trustingDockerfile(text, await trustImage(engine, ca));
  const beside = copies ? contextEntries(folder).filter((entry) => entry.path !== name) : [];
  const file = { path: name, content: Buffer.from(trusting), mode: 0o644, uid: 0 };
  const context = packArchive([...beside, file], FIXED_TIME);
  return { context, lineOf };
}

function printed({ stream = "", id, aux }: EngineProgress): string {
  return id === "moby.buildkit.trace" && typeof aux === "string" ? printedIn(aux) : stream;
}

function buildError(
  path: string,
  failure: string,
  log: string,
  lineOf: (line: number) => number,
): UserError {
  const said = failure.replace(/^\(HTTP code \d+\) [\w ]+ - /, "").trim();
  if (NO_BUILDKIT.test(said)) {
    const name =
      basename(dirname(path))
        .replace(/[^a-z0-9]+/gi, "-")
        .toLowerCase() || "image";
    return new UserError(`${path} needs BuildKit, and this engine offers none by its API`, {
      hint: `docker buildx build --load -t ${name} -f ${path} ${dirname(path)}; then sandbox.image: ${name} instead of sandbox.dockerfile`,
    });
  }
  const [, line, problem = ""] = PARSE_ERROR.exec(said) ?? [];
  if (line !== undefined) {
    return new UserError(`${path}:${lineOf(Number(line))}: ${printableBlock(problem.trim())}`, {
      hint: "https://docs.docker.com/reference/dockerfile/ describes every instruction",
    });
  }
  const tail = lastLines(printableBlock(log), SHOWN_LINES);
  return new UserError(`the sandbox image does not build: ${printableBlock(said)}\n${tail}`, {
    hint: `try it alone: docker build -f ${path} ${dirname(path)}`,
  });
}
