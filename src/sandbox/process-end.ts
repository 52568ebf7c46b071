/** How a container's own process ended. Times are the machine's, in milliseconds. */
export type ProcessEnd =
  | {
      readonly kind: "exited";
      readonly exitCode: number;
      readonly startedAt: Date;
      readonly endedAt: Date;
      readonly wallMs: number;
    }
  | { readonly kind: "timeout"; readonly afterMs: number }
  | { readonly kind: "out_of_memory" | "disk_limit" | "output_limit" }
  /** Stopped by the caller, who has seen enough. */
  | { readonly kind: "stopped" };

export function succeeded(end: ProcessEnd): boolean {
  return end.kind === "exited" && end.exitCode === 0;
}

/** Why a step's own process failed, in a sentence about `subject`; `null` where it exited with 0. */
export function processFailure(
  subject: string,
  end: ProcessEnd,
): {
  readonly kind: "failed" | "timeout" | "out_of_memory" | "stopped";
  readonly reason: string;
} | null {
  switch (end.kind) {
    case "exited":
      if (end.exitCode === 0) return null;
      return {
        kind: "failed",
        reason: `${subject} exited with ${end.exitCode}${meaning(end.exitCode)}`,
      };
    case "timeout":
      return { kind: "timeout", reason: `${subject} took longer than ${end.afterMs / 1000} s` };
    case "out_of_memory":
      return { kind: "out_of_memory", reason: `${subject} ran out of memory or was killed` };
    case "disk_limit":
      return { kind: "failed", reason: `${subject} wrote more than sandbox.disk allows` };
    case "output_limit":
      return { kind: "failed", reason: `${subject} printed more than ${MOST_PRINTED}` };
    case "stopped":
      return { kind: "stopped", reason: `${subject} was stopped` };
  }
}

/** 128 and the signal, as a shell says it. A page of a full /dev/shm is the usual cause of a bus error. */
const BUS_ERROR = 135;

function meaning(exitCode: number): string {
  return exitCode === BUS_ERROR ? ", a bus error: sandbox.shm is the size of /dev/shm" : "";
}

/** How much a process may print in all, however little of it is kept. */
export const OUTPUT_BYTES = 128 * 1024 * 1024;
const MOST_PRINTED = "128 MiB";
