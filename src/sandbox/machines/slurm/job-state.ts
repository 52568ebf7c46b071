/** What Slurm says of a job. */
export type SlurmJobState =
  | { readonly kind: "waiting"; readonly reason: string }
  | { readonly kind: "running"; readonly node: string; readonly ranMs: number }
  | { readonly kind: "ended"; readonly end: JobEnd; readonly ranMs: number };

export type JobEnd =
  | "given_back"
  | "out_of_time"
  | "asked_to_end"
  | "preempted"
  | "requeued"
  | "node_failed"
  | "out_of_memory"
  | "suspended"
  | "failed"
  | "over"
  | "forgotten";

/** The exit code of a job that Slurm sent a signal before its end. */
export const ASKED_TO_END = 143;

const RUNNING: ReadonlySet<string> = new Set(["RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING"]);
const WAITING: ReadonlySet<string> = new Set(["PENDING", "CONFIGURING", "RESV_DEL_HOLD"]);
const ENDS: Readonly<Record<string, JobEnd>> = {
  CANCELLED: "given_back",
  REVOKED: "given_back",
  TIMEOUT: "out_of_time",
  DEADLINE: "out_of_time",
  PREEMPTED: "preempted",
  REQUEUED: "requeued",
  REQUEUE_HOLD: "requeued",
  REQUEUE_FED: "requeued",
  SPECIAL_EXIT: "requeued",
  NODE_FAIL: "node_failed",
  BOOT_FAIL: "node_failed",
  OUT_OF_MEMORY: "out_of_memory",
  SUSPENDED: "suspended",
  STOPPED: "suspended",
  COMPLETED: "over",
};
/** Slurm counts the time before the end by its own clock, and looks every so often. */
const NEAR_THE_END_MS = 90_000;

/** Reads a line of `scontrol --oneliner show job`. */
export function readJobState(line: string): SlurmJobState {
  const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1] ?? "";
  const ranMs = durationMs(field("RunTime")) ?? 0;
  const state = field("JobState");
  if (Number(field("Restarts")) > 0) return { kind: "ended", end: "requeued", ranMs };
  if (WAITING.has(state)) return { kind: "waiting", reason: field("Reason") || "Unknown" };
  if (RUNNING.has(state)) return { kind: "running", node: field("NodeList"), ranMs };
  if (field("ExitCode") === `${ASKED_TO_END}:0` && state === "FAILED") {
    const limitMs = durationMs(field("TimeLimit"));
    const wasNear = limitMs !== null && ranMs > limitMs - NEAR_THE_END_MS;
    return { kind: "ended", end: wasNear ? "out_of_time" : "asked_to_end", ranMs };
  }
  return { kind: "ended", end: ENDS[state] ?? "failed", ranMs };
}

/** `[days-]hours:minutes:seconds` in milliseconds; `null` for what is none, such as `UNLIMITED`. */
function durationMs(text: string): number | null {
  const [, days = "0", hours, minutes, seconds] = /^(?:(\d+)-)?(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (hours === undefined) return null;
  return (
    1000 * (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds))
  );
}

const SENTENCES: Readonly<Record<JobEnd, string>> = {
  given_back: "was cancelled",
  out_of_time: "is out of its time",
  asked_to_end: "was asked to end by Slurm before its time was over",
  preempted: "had to make room for a job that counts more",
  requeued: "was put back into the queue, and what was on its node is lost",
  node_failed: "lost its node",
  out_of_memory: "needed more memory than it asked for",
  suspended: "is suspended",
  failed: "failed",
  over: "ended by itself",
  forgotten: "is not known to Slurm any more",
};

/** What goes on in "Slurm's job 12 …". */
export function sentenceOf(end: JobEnd): string {
  return SENTENCES[end];
}

/** What other jobs use is free one day, and nodes come back: only what one job asks for stays. */
const NEVER =
  /^(BadConstraints|PartitionConfig|PartitionTimeLimit|InvalidAccount|InvalidQOS|AccountNotAllowed|QOSNotAllowed|QOSMin\w+|(Assoc|QOS)\w*PerJob\w*)$/;

/** Whether a job that waits for that reason waits until somebody changes something. */
export function waitsForEver(reason: string): boolean {
  return NEVER.test(reason);
}
