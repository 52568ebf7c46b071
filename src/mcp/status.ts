import { printable } from "../core/text/printable.ts";
import { isUnderWay } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import type { StoredRun } from "../store/stored-run.ts";
import { type Desk, FIRST, NEVER_RUN } from "./desk.ts";
import type { Reply } from "./reply.ts";
import type { Tender } from "./tender.ts";
import { type ChangeState, jobText, type UnderWay, underWay } from "./under-way.ts";

const MOST_SHOWN = 12;

/** The last run; `null` where there is none yet. */
export async function lastRunOf(project: Project): Promise<StoredRun | null> {
  const number = (await project.runs()).at(-1);
  return number === undefined ? null : project.openRun(number);
}

/** Where everything stands. It also takes care that changes which an earlier session handed in are tried. */
export async function statusOf(desk: Desk, tender: Tender): Promise<Reply> {
  const project = await desk.project();
  const never: Reply = { text: `${NEVER_RUN}: ${FIRST}`, json: { runs: [] } };
  if (project === null) return never;
  const run = await lastRunOf(project);
  await tender.tend(project, run);
  const now = await underWay(project, run);
  const { text, json } = run === null ? never : await desk.ask({ command: "runs" });
  return {
    text: [text.trimEnd(), "", ...underWayLines(now)].join("\n"),
    json: { ...json, ...now },
  };
}

function underWayLines({ pid, changes, jobs }: UnderWay): string[] {
  const open = changes.filter(({ state }) => state !== "finished");
  return [
    pid === null ? "nothing works on this project now" : `process ${pid} works on this project`,
    ...open.slice(0, MOST_SHOWN).map(changeText),
    ...(open.length > MOST_SHOWN ? [`… and ${open.length - MOST_SHOWN} more changes`] : []),
    ...jobs.filter(isUnderWay).slice(-MOST_SHOWN).map(jobText),
  ];
}

export function changeText({ change, from, description, node, state, verdict }: ChangeState) {
  const name = node === null ? `change ${change}` : `${node} (change ${change})`;
  return `${name}, from ${from}, ${verdict ?? state}: ${printable(description)}`;
}
