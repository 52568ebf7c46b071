import type { WorkspaceFile } from "../core/file.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { Verdict } from "../core/tree/verdict.ts";
import { type JobHolder, runJob } from "../sandbox/job.ts";
import { processFailure } from "../sandbox/process-end.ts";

export interface VerifyCommand {
  readonly command: string;
  readonly timeoutMs: number;
  readonly hidden: readonly WorkspaceFile[];
}

export type Verification =
  | { readonly kind: "passed"; readonly log: Buffer }
  | {
      readonly kind: "failed";
      readonly verdict: Extract<Verdict, "verify_failed" | "timeout" | "out_of_memory">;
      readonly reason: string;
      readonly log: Buffer;
    };

/** Nobody stops verify. */
const VERDICTS = {
  failed: "verify_failed",
  timeout: "timeout",
  out_of_memory: "out_of_memory",
  stopped: "verify_failed",
} as const;

/** Runs verify once, in a fresh container with the hidden files. Its exit code alone decides. */
export async function runVerify(
  sandbox: JobHolder,
  node: NodeId,
  imageId: string,
  verify: VerifyCommand,
  signal: AbortSignal,
  gpu?: string,
): Promise<Verification> {
  const job = { phase: "verify" as const, node, imageId, gpu, ...verify };
  const { end, log } = await runJob(sandbox, job, () => {}, signal);
  const failure = processFailure("verify", end);
  if (failure === null) return { kind: "passed", log };
  return { kind: "failed", verdict: VERDICTS[failure.kind], reason: failure.reason, log };
}
