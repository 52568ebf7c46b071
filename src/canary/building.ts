import { UserError } from "../core/error.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { buildNode } from "../loop/run/node-images.ts";
import { benchmarkOf, type Run } from "../loop/run/run.ts";
import type { BuildOutcome } from "../sandbox/sandbox.ts";
import {
  around,
  leave,
  lookRound,
  MARK,
  makeFiles,
  type Report,
  readReport,
  searchContents,
  tryToChange,
} from "./script.ts";

export interface BuiltByCanary {
  readonly report: Report;
  /** The baseline as the user's own command built it, beside a canary that changed nothing. */
  readonly imageId: string;
  readonly outputs: readonly string[];
  readonly planted: readonly { readonly what: string; readonly refusal: string | null }[];
}

const TRIED = 30;

/** What code in a build could see, and what it could bring into the image that is measured. */
export async function buildAsCanary(
  run: Run,
  root: ExperimentNode,
  signal: AbortSignal,
): Promise<BuiltByCanary> {
  const protectedPaths = run.lab.sandbox.base.tree.flatMap(({ path, kind }) =>
    kind === "file" ? [path] : [],
  );
  const before = [
    lookRound(run.problem.hidden),
    searchContents(run.problem.hidden),
    tryToChange(protectedPaths.slice(0, TRIED)),
  ].join("\n");
  const command = around(before, run.problem.config.commands.build ?? "true", leave("build"));
  const built = await buildBy(run, root, command, signal);
  if (built.kind === "failed") {
    throw new UserError(`the build failed beside code that only looks round: ${built.reason}`, {
      hint: "it may depend on time or chance: `loopty doctor` builds without it",
    });
  }

  // A child may not add what the baseline's build never made.
  const child = { ...root, parent: root.id };
  const { metricsFile } = benchmarkOf(run);
  const [hidden] = run.problem.hidden;
  const tries = [
    { what: "a hidden file in the build", path: hidden?.path ?? null },
    { what: "metrics in the build", path: metricsFile },
    {
      what: "a file beside your grader in the build",
      path: run.problem.policy.accessOf(MARK) === "writable" ? null : MARK,
    },
  ];
  const planted = [];
  for (const { what, path } of tries) {
    if (path === null) continue;
    const outcome = await buildBy(run, child, makeFiles([path]), signal);
    planted.push({ what, refusal: outcome.kind === "failed" ? outcome.reason : null });
  }
  const { imageId, outputs, log } = built;
  return { report: readReport(log), imageId, outputs, planted };
}

function buildBy(
  run: Run,
  node: ExperimentNode,
  command: string,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { config } = run.problem;
  const commands = { ...config.commands, build: command };
  const problem = { ...run.problem, config: { ...config, commands } };
  return buildNode({ ...run, problem }, node, true, signal);
}
