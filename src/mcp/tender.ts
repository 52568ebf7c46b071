import { isUnderWay, type Job } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import type { StoredRun } from "../store/stored-run.ts";
import type { Desk } from "./desk.ts";
import { type UnderWay, underWay } from "./under-way.ts";

/** Takes care that what was handed in is tried, whoever handed it in and whenever. */
export class Tender {
  readonly #desk: Pick<Desk, "start">;
  #last: Promise<unknown> = Promise.resolve();

  constructor(desk: Pick<Desk, "start">) {
    this.#desk = desk;
  }

  /**
   * Starts a process for changes that nobody tries. Returns the job that should have tried them and could not: another
   * one would fail as well. Calls that come at once look one after another, so that one process is started.
   */
  tend(project: Project, run: StoredRun | null): Promise<Job | null> {
    const looked = this.#last.then(async () => this.#look(await underWay(project, run)));
    this.#last = looked.catch(() => undefined);
    return looked;
  }

  async #look({ pid, changes, jobs }: UnderWay): Promise<Job | null> {
    if (pid !== null || changes.every(({ state }) => state === "finished")) return null;
    const tries = jobs.filter(({ work }) => work.kind === "try");
    if (tries.some(isUnderWay)) return null;
    const last = tries.at(-1);
    if (last?.state.kind === "ended" && last.state.exit !== 0) return last;
    await this.#desk.start({ kind: "try" });
    return null;
  }
}
