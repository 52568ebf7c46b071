import type { ChangeFailure } from "../../agent/agent.ts";
import type { Config } from "../../config/schema/schema.ts";
import { isHiding, toldReason } from "../../core/prompt/told-node.ts";
import { printableBlock } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Verdict } from "../../core/tree/verdict.ts";
import { runVerify, type Verification } from "../../measure/verification.ts";
import { lastLines } from "../../sandbox/container/output.ts";
import type { BuildOutcome } from "../../sandbox/sandbox.ts";
import { buildNode } from "../run/node-images.ts";
import { type AgentlessRun, emit } from "../run/run.ts";

/** The reason why a node could not be compared. */
export interface FailedStep {
  readonly kind: "failed";
  readonly verdict: Verdict;
  readonly reason: string;
  /** What the agent may fix; `null` where nothing that it could change is to blame. */
  readonly failure: ChangeFailure | null;
  /** The node that this one repeats, for the verdict `duplicate`. */
  readonly duplicateOf?: NodeId;
}

/** A build that verify accepted. */
export interface VerifiedBuild {
  readonly kind: "built";
  readonly imageId: string;
  readonly outputs: readonly string[];
  readonly outputDigest: string | null;
}

const LOG_LINES = 60;

/** Builds and verifies a node. The logs are kept beside it. `clean` builds even where a built image exists. */
export async function buildAndVerify(
  run: AgentlessRun,
  node: ExperimentNode,
  clean: boolean,
  signal: AbortSignal,
): Promise<VerifiedBuild | FailedStep> {
  const buildStart = run.clock.steadyMs();
  const built = await buildNode(run, node, clean, signal);
  await run.records.store.writeNodeFile(node.id, "build.log", built.log);
  await emit(run, {
    type: "build_finished",
    id: node.id,
    passed: built.kind === "built",
    reason: built.kind === "built" ? "" : built.reason,
    durationMs: run.clock.steadyMs() - buildStart,
  });
  if (built.kind === "failed") return failedAt("build", built, true);
  return verifyBuilt(run, node, built, signal);
}

async function verifyBuilt(
  run: AgentlessRun,
  node: ExperimentNode,
  built: Extract<BuildOutcome, { readonly kind: "built" }>,
  signal: AbortSignal,
): Promise<VerifiedBuild | FailedStep> {
  const { verify } = run.problem.config.commands;
  if (verify === null) return built;
  const verifyStart = run.clock.steadyMs();
  const command = {
    command: verify,
    timeoutMs: run.problem.config.timeouts.verifyMs,
    hidden: run.problem.hidden,
  };
  const { sandbox, slots } = run.lab;
  const verified = await slots.forWork(sandbox.agentCpus, signal, (gpu) =>
    runVerify(sandbox, node.id, built.imageId, command, signal, gpu),
  );
  await run.records.store.writeNodeFile(node.id, "verify.log", verified.log);
  await emit(run, {
    type: "verify_finished",
    id: node.id,
    passed: verified.kind === "passed",
    reason: verified.kind === "passed" ? "" : verified.reason,
    durationMs: run.clock.steadyMs() - verifyStart,
  });
  if (verified.kind === "passed") return built;
  // The next look would take this image for the first build, which verify accepted.
  if (node.phase === "finished") await built.discard();
  return failedVerify(verified, run.problem.config.access);
}

/** The image of a node that passed before. It is built and verified again where it is gone. */
export async function readyImage(
  run: AgentlessRun,
  node: ExperimentNode,
  signal: AbortSignal,
): Promise<VerifiedBuild | FailedStep> {
  const built = await buildNode(run, node, false, signal);
  if (built.kind === "failed") return failedAt("build", built, true);
  return built.cached ? built : verifyBuilt(run, node, built, signal);
}

type FailedVerification = Extract<Verification, { readonly kind: "failed" }>;

/**
 * Verify's log may quote what is hidden, and code under test could encode it in the exit code. With hidden files the
 * agent gets neither.
 */
export function failedVerify(
  verified: Omit<FailedVerification, "kind">,
  access: Config["access"],
): FailedStep {
  const failed = failedAt("verify", verified, !isHiding(access));
  const { failure } = failed;
  if (failure === null) return failed;
  return { ...failed, failure: { ...failure, reason: toldReason(verified, access) } };
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
