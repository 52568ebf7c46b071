import { IDLE } from "../agent/idle.ts";
import type { Clock } from "../core/clock.ts";
import { waitingChanges } from "../core/tree/handed-in.ts";
import type { Project } from "../store/project.ts";
import { changesIn } from "../store/steering-folder.ts";
import { optimize } from "./optimize.ts";
import { type RunRequest, resumeRun } from "./run/start.ts";

const POLL_MS = 500;

/** Takes the project's lock. Throws `UserError` while another process holds it. */
type OpenRequest = () => Promise<RunRequest & AsyncDisposable>;

/**
 * Tries what was handed in for the last run of a project and waits, until nothing does. A loopty that grows the tree tries it
 * itself, so while another process works on the project this one only looks on.
 */
export async function tryWaitingChanges(
  project: Project,
  open: OpenRequest,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const number = (await project.runs()).at(-1);
    const before = number === undefined ? 0 : await waitingIn(project, number);
    if (number === undefined || before === 0) return;
    if (await project.isLocked()) {
      await clock.sleep(POLL_MS, signal);
      continue;
    }
    const opened = await open().catch(async (error: unknown) => {
      // Another was quicker.
      if (await project.isLocked()) return null;
      throw error;
    });
    if (opened === null) continue;
    await using request = opened;
    await tryAll(request, number, signal);
    // Somebody asked it to stop.
    if ((await waitingIn(project, number)) >= before) return;
  }
}

async function waitingIn(project: Project, run: number): Promise<number> {
  const { steering, nodes } = await project.openRun(run);
  return waitingChanges(changesIn(await steering.orders()), nodes).length;
}

/** As many at once as `search.parallel` says. No agent adds anything, so neither a pace nor a person's choice holds them up. */
async function tryAll(request: RunRequest, number: number, signal: AbortSignal): Promise<void> {
  const openAgent = async () => IDLE;
  await using opened = await resumeRun({ ...request, openAgent }, number, signal);
  const { config } = opened.problem;
  const search = { ...config.search, policy: { kind: "best-first" as const } };
  const rateLimit = { ...config.rateLimit, experiments: null };
  const problem = { ...opened.problem, config: { ...config, search, rateLimit } };
  await optimize({ ...opened, problem }, signal);
}
