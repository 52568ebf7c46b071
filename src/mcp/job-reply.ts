import { parseJson } from "../core/text/json.ts";
import { printableBlock } from "../core/text/printable.ts";
import type { Job } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import type { Desk } from "./desk.ts";
import type { Reply } from "./reply.ts";
import { toldDiagnosis } from "./told-doctor.ts";
import { jobText } from "./under-way.ts";

/** Its end says why it failed. */
const MOST_ERROR_LINES = 4;

/** A job as an agent may know it, with its result once there is one. */
export async function jobReply(
  desk: Pick<Desk, "hides">,
  project: Project,
  job: Job,
): Promise<Reply> {
  const { number, work, state } = job;
  const json = { job: number, work, state };
  if (state.kind !== "ended") return { text: jobText(job), json };
  const { stdout, stderr } = await project.jobs.output(number);
  const isOpen = !(await desk.hides());
  const result = toldResult(job, parseJson(stdout) ?? null, isOpen);
  // A diagnosis with failures is a result.
  const error = state.exit === 0 || result !== null ? null : failureText(stderr, isOpen, number);
  const shown = [...(result === null ? [] : [JSON.stringify(result)]), ...(error ?? [])];
  return { text: [jobText(job), ...shown].join("\n"), json: { ...json, result, error } };
}

/** A tree is told by the tree itself. */
function toldResult({ work }: Job, printed: unknown, isOpen: boolean): unknown {
  switch (work.kind) {
    case "run":
    case "try":
      return null;
    case "compare":
      return printed;
    case "reproduce":
      return isOpen ? printed : null;
    case "doctor":
      return isOpen ? printed : toldDiagnosis(printed);
  }
}

/** What failed may have said what is hidden. */
function failureText(stderr: string, isOpen: boolean, number: number): string[] {
  if (!isOpen) return [`a person can read why: .loopty/jobs/${number}/stderr`];
  return printableBlock(stderr.trimEnd()).split("\n").slice(-MOST_ERROR_LINES);
}
