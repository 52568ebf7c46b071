import { isHiding } from "../core/prompt/told-node.ts";
import { parseJson } from "../core/text/json.ts";
import { printableBlock } from "../core/text/printable.ts";
import type { Job } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import { accessOfRun } from "../store/run-record.ts";
import type { Reply } from "./reply.ts";
import { lastRunOf } from "./status.ts";
import { jobText } from "./under-way.ts";

/** Its end says why it failed. */
const MOST_ERROR_LINES = 4;

/** A job as an agent may know it, with its result once there is one. */
export async function jobReply(project: Project, job: Job): Promise<Reply> {
  const { number, work, state } = job;
  const json = { job: number, work, state };
  if (state.kind !== "ended") return { text: jobText(job), json };
  const { stdout, stderr } = await project.jobs.output(number);
  const isOpen = !(await hidesSomething(project));
  // A tree is told by the tree itself, and what failed may have said what was hidden.
  const isTold = work.kind === "compare" || (isOpen && work.kind !== "run" && work.kind !== "try");
  const result = isTold && state.exit !== 1 ? (parseJson(stdout) ?? null) : null;
  const error = state.exit === 0 ? null : failureText(stderr, isOpen, number);
  return {
    text: [
      jobText(job),
      ...(result === null ? [] : [JSON.stringify(result)]),
      ...(error === null ? [] : [error]),
    ].join("\n"),
    json: { ...json, result, error },
  };
}

async function hidesSomething(project: Project): Promise<boolean> {
  const run = await lastRunOf(project);
  return run === null || isHiding(accessOfRun(run.record));
}

function failureText(stderr: string, isOpen: boolean, number: number): string {
  if (!isOpen) return `a person can read why: .loopty/jobs/${number}/stderr`;
  return printableBlock(stderr.trimEnd().split("\n").slice(-MOST_ERROR_LINES).join("\n"));
}
