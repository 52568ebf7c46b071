import { nodeOfOrder, waitingChanges } from "../core/tree/handed-in.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { verdictWord } from "../core/views/node.ts";
import { isUnderWay, type Job, type JobWork } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import { changesIn } from "../store/steering-folder.ts";
import type { StoredRun } from "../store/stored-run.ts";

/** A change that was handed in, and what became of it. */
export interface ChangeState {
  readonly change: number;
  readonly from: string;
  readonly description: string;
  /** `null` while it waits. */
  readonly node: string | null;
  readonly state: "waits" | "under way" | "finished";
  readonly verdict: string | null;
}

/** What happens on a project now. */
export interface UnderWay {
  /** The process that works on the project; `null` for none. */
  readonly pid: number | null;
  readonly changes: readonly ChangeState[];
  readonly jobs: readonly Job[];
}

export async function underWay(project: Project, run: StoredRun | null): Promise<UnderWay> {
  const holder = await project.holder();
  const changes = run === null ? [] : await changeStates(run);
  return { pid: holder?.pid ?? null, changes, jobs: await project.jobs.jobs() };
}

/** Whether something can still happen by itself. */
export function isBusy({ pid, changes, jobs }: UnderWay): boolean {
  return pid !== null || changes.some(({ state }) => state !== "finished") || jobs.some(isUnderWay);
}

async function changeStates(run: StoredRun): Promise<ChangeState[]> {
  const changes = changesIn(await run.steering.orders());
  const waiting = new Set(waitingChanges(changes, run.nodes).map(({ number }) => number));
  return changes.map((change) => {
    const node = nodeOfOrder(change.number, run.nodes);
    return {
      change: change.number,
      from: change.id,
      description: change.description,
      node: waiting.has(change.number) ? null : (node?.id ?? null),
      ...(waiting.has(change.number) ? { state: "waits", verdict: null } : stateOf(node)),
    };
  });
}

function stateOf(node: ExperimentNode | null): Pick<ChangeState, "state" | "verdict"> {
  if (node?.phase !== "finished") return { state: "under way", verdict: null };
  return { state: "finished", verdict: verdictWord(node) };
}

export function workText(work: JobWork): string {
  switch (work.kind) {
    case "try":
      return "tries the changes that were handed in";
    case "run":
      return work.resume ? "goes on with the last run" : "grows a new run";
    case "compare":
      return `compares ${work.to} with ${work.from}`;
    case "reproduce":
      return `reproduces ${work.id}`;
    case "doctor":
      return work.how === "check" ? "examines the project" : `doctor --${work.how}`;
  }
}

export function jobText({ number, work, state }: Job): string {
  const how = state.kind === "ended" ? `ended with exit code ${state.exit}` : state.kind;
  return `job ${number} ${workText(work)}: ${how}`;
}
