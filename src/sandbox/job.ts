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

export interface JobResult {
  readonly end: ProcessEnd;
  readonly resources: Resources;
  readonly log: Buffer;
  readonly metrics: MetricsFile;
}

/** What was written as metrics, whole, or why there is none. */
export type MetricsFile =
  | { readonly kind: "file"; readonly content: Buffer }
  | { readonly kind: "too_long" | "none"; readonly reason: string };
