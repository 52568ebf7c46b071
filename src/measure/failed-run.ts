import type { Verdict } from "../core/tree/verdict.ts";

/** One execution of the benchmark that gave nothing to compare. */
export interface FailedRun {
  readonly kind: "failed";
  readonly verdict: Extract<
    Verdict,
    "bench_failed" | "metrics_invalid" | "timeout" | "out_of_memory" | "stopped_early"
  >;
  readonly reason: string;
  /** The head of the metrics file. Where that is not all of it, the log ends by saying so. */
  readonly file: Buffer;
  readonly log: Buffer;
}

/** As much as of a log. Nobody reads more of a file that counts for nothing, and each of many nodes may leave one. */
export const KEPT_BYTES = 1024 * 1024;

const LINE_FEED = 0x0a;

/** Cuts a long file after a line, or within the first line where that alone is too long. */
export function failedRun(
  verdict: FailedRun["verdict"],
  reason: string,
  { file, log }: Pick<FailedRun, "file" | "log">,
): FailedRun {
  if (file.length <= KEPT_BYTES) return { kind: "failed", verdict, reason, file, log };
  const lineEnd = file.lastIndexOf(LINE_FEED, KEPT_BYTES - 1) + 1;
  // A copy, so that the rest can be freed.
  const head = Buffer.from(file.subarray(0, lineEnd || KEPT_BYTES));
  const note = `\n[loopty: the benchmark wrote more metrics than the ${head.length} bytes that are kept of this run]\n`;
  return {
    kind: "failed",
    verdict,
    reason,
    file: head,
    log: Buffer.concat([log, Buffer.from(note)]),
  };
}

export function invalidRun(run: Pick<FailedRun, "file" | "log">, reason: string): FailedRun {
  return failedRun("metrics_invalid", reason, run);
}
