import { basename, dirname } from "node:path";
import type { ImageBuildOptions } from "dockerode";
import { messageOf, UserError } from "../../core/error.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { lastLines } from "../container/output.ts";
import { type Engine, isBadRequest } from "../engine/engine.ts";
import { type EngineProgress, followProgress } from "../engine/progress.ts";
import { needsBuildKit, printedIn } from "./buildkit.ts";

/** A Dockerfile on this machine, and the image that it shall become. */
export interface DockerfileBuild {
  readonly path: string;
  readonly text: string;
  readonly tag: string;
  /** Whether it copies files in from beside it. */
  readonly copies: boolean;
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
  { path, text, tag, copies }: DockerfileBuild,
  signal: AbortSignal,
): Promise<void> {
  // A Dockerfile at the top of a project would send all of it, hidden files too, for nothing.
  const context = { context: dirname(path), src: [copies ? "." : basename(path)] };
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
    (stream) => followProgress(engine.docker, stream, (line) => log.push(printed(line))),
    (error: unknown) => {
      // The engine did not even begin.
      if (isBadRequest(error)) return messageOf(error);
      throw error;
    },
  );
  if (failure !== null) throw buildError(path, failure, log.join(""));
}

function printed({ stream = "", id, aux }: EngineProgress): string {
  return id === "moby.buildkit.trace" && typeof aux === "string" ? printedIn(aux) : stream;
}

function buildError(path: string, failure: string, log: string): UserError {
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
    return new UserError(`${path}:${line}: ${printableBlock(problem.trim())}`, {
      hint: "https://docs.docker.com/reference/dockerfile/ describes every instruction",
    });
  }
  const tail = lastLines(printableBlock(log), SHOWN_LINES);
  return new UserError(`the sandbox image does not build: ${printableBlock(said)}\n${tail}`, {
    hint: `try it alone: docker build -f ${path} ${dirname(path)}`,
  });
}
