import type { ChangeFailure } from "../agent/agent.ts";
import type { ExperimentNode } from "../core/node.ts";
import { printableBlock } from "../core/printable.ts";
import type { Verdict } from "../core/verdict.ts";
import { runVerify } from "../measure/verification.ts";
import { lastLines } from "../sandbox/output.ts";
import { buildNode } from "./node-images.ts";
import { type Run, tell } from "./run.ts";

/** What kept a node from being compared. */
export interface FailedStep {
  readonly kind: "failed";
  readonly verdict: Verdict;
  readonly reason: string;
  /** What the agent may mend; `null` where nothing it could change is to blame. */
  readonly failure: ChangeFailure | null;
}

export interface BuiltNode {
  readonly kind: "built";
  readonly imageId: string;
  readonly outputs: readonly string[];
}

const LOG_LINES = 60;

/** Builds and verifies a node; the logs are kept beside it. `clean` builds even where a built image is there. */
export async function buildAndVerify(
  run: Run,
  node: ExperimentNode,
  clean: boolean,
  signal: AbortSignal,
): Promise<BuiltNode | FailedStep> {
  const buildStart = run.now().getTime();
  const built = await buildNode(run, node, clean, signal);
  await run.store.writeNodeFile(node.id, "build.log", built.log);
  await tell(run, {
    type: "build_finished",
    id: node.id,
    passed: built.kind === "built",
    reason: built.kind === "built" ? "" : built.reason,
    durationMs: run.now().getTime() - buildStart,
  });
  if (built.kind === "failed") return failedAt("build", built, true);

  const { verify } = run.config.commands;
  if (verify === null) return built;
  const verifyStart = run.now().getTime();
  const command = { command: verify, timeoutMs: run.config.timeouts.verifyMs, hidden: run.hidden };
  const verified = await runVerify(run.scope, node.id, built.imageId, command, signal);
  await run.store.writeNodeFile(node.id, "verify.log", verified.log);
  await tell(run, {
    type: "verify_finished",
    id: node.id,
    passed: verified.kind === "passed",
    reason: verified.kind === "passed" ? "" : verified.reason,
    durationMs: run.now().getTime() - verifyStart,
  });
  if (verified.kind === "passed") return built;
  // Verify's log may quote the hidden files: the agent gets pass or fail.
  return failedAt("verify", verified, run.hidden.length === 0);
}

function failedAt(
  step: ChangeFailure["step"],
  failed: { readonly verdict: Verdict; readonly reason: string; readonly log: Buffer },
  showLog: boolean,
): FailedStep {
  const { verdict, reason } = failed;
  const log = showLog ? lastLines(printableBlock(failed.log.toString("utf8")), LOG_LINES) : "";
  const mendable = verdict === "build_failed" || verdict === "verify_failed";
  return { kind: "failed", verdict, reason, failure: mendable ? { step, reason, log } : null };
}
