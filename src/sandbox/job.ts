import type { WorkspaceFile } from "../core/file.ts";
import type { Resources } from "../core/judging/resources.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { ProcessEnd } from "./process-end.ts";

/** One run of verify or of the benchmark: all that a machine needs to do it, and nothing of the harness. */
export type MeasuringJob = JobCommand &
  (
    | { readonly phase: "verify" }
    | {
        readonly phase: "benchmark";
        /** Path relative to the workspace; `null` when rows come by stdout. */
        readonly metricsFile: string | null;
        /** A cpuset. */
        readonly cpus: string;
      }
  );

interface JobCommand {
  readonly node: NodeId;
  /** A built image. */
  readonly imageId: string;
  readonly command: string;
  /** Files put in before the start, and in no image. */
  readonly hidden: readonly WorkspaceFile[];
  readonly timeoutMs: number;
  /** The GPU that it may use, as loopty.yaml names it. */
  readonly gpu?: string | undefined;
}

/** A job whose container is up and waits. Disposing removes it, whether it ran or not. */
export interface HeldJob extends AsyncDisposable {
  /**
   * Lets the command begin, once, and waits for its end. `onMetrics` gets the metrics as they are written. An aborted
   * `stop` ends the command and keeps what there is. Throws the reason of `signal`.
   */
  release(
    onMetrics: (chunk: Buffer) => void,
    signal: AbortSignal,
    stop?: AbortSignal,
  ): Promise<ProcessEnd>;
  /** What came of it, once it has ended. */
  result(): Promise<JobResult>;
}

export interface JobResult {
  readonly end: ProcessEnd;
  readonly resources: Resources;
  readonly log: Buffer;
  readonly metrics: MetricsFile;
}

/** Where jobs are held. */
export interface JobHolder {
  /** Makes ready jobs that take turns: no two of them are released at a time. */
  hold(jobs: readonly MeasuringJob[], signal: AbortSignal): Promise<readonly HeldJob[]>;
}

/** Runs one job with no other beside it. It throws as `release` does. */
export async function runJob(
  holder: JobHolder,
  job: MeasuringJob,
  onMetrics: (chunk: Buffer) => void,
  signal: AbortSignal,
  stop?: AbortSignal,
): Promise<JobResult> {
  const [only] = await holder.hold([job], signal);
  if (only === undefined) throw new Error("one job is held as one");
  await using held = only;
  await held.release(onMetrics, signal, stop);
  return await held.result();
}

/** What was written as metrics, whole, or why there is none. */
export type MetricsFile =
  | { readonly kind: "file"; readonly content: Buffer }
  | { readonly kind: "too_long" | "none"; readonly reason: string };
