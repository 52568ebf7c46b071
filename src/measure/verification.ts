import type { NodeId } from "../core/tree/id.ts";
import type { Verdict } from "../core/tree/verdict.ts";
import type { PackedEntry } from "../sandbox/container/archive.ts";
import { PRINTED_TOO_MUCH } from "../sandbox/container/process.ts";
import type { Scope } from "../sandbox/scope.ts";
import { runJob } from "./job.ts";

export interface VerifyCommand {
  readonly command: string;
  readonly timeoutMs: number;
  readonly hidden: readonly PackedEntry[];
}

export type Verification =
  | { readonly kind: "passed"; readonly log: Buffer }
  | {
      readonly kind: "failed";
      readonly verdict: Extract<Verdict, "verify_failed" | "timeout" | "out_of_memory">;
      readonly reason: string;
      readonly log: Buffer;
    };

/** Runs verify once, in a fresh container with the hidden files. Its exit code alone decides. */
export async function runVerify(
  scope: Scope,
  node: NodeId,
  imageId: string,
  verify: VerifyCommand,
  signal: AbortSignal,
): Promise<Verification> {
  const job = { phase: "verify" as const, node, imageId, metricsFile: null, ...verify };
  const { end, log } = await runJob(scope, job, () => {}, signal);
  switch (end.kind) {
    case "exited":
      return end.exitCode === 0
        ? { kind: "passed", log }
        : {
            kind: "failed",
            verdict: "verify_failed",
            reason: `verify exited with ${end.exitCode}`,
            log,
          };
    case "timeout": {
      const reason = `verify took longer than ${verify.timeoutMs / 1000} s`;
      return { kind: "failed", verdict: "timeout", reason, log };
    }
    case "out_of_memory": {
      const reason = "verify ran out of memory or was killed";
      return { kind: "failed", verdict: "out_of_memory", reason, log };
    }
    case "disk_limit": {
      const reason = "verify wrote more than sandbox.disk allows";
      return { kind: "failed", verdict: "verify_failed", reason, log };
    }
    case "output_limit": {
      const reason = `verify ${PRINTED_TOO_MUCH}`;
      return { kind: "failed", verdict: "verify_failed", reason, log };
    }
    case "stopped":
      throw new Error("nobody stops verify");
  }
}
