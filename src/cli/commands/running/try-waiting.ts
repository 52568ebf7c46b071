import { waitingChanges } from "../../../core/tree/handed-in.ts";
import { tryWaitingChanges } from "../../../loop/waiting-changes.ts";
import type { Project } from "../../../store/project.ts";
import { changesIn } from "../../../store/steering-folder.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { openRunRequest } from "../../project/run-request.ts";
import { lastRun, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";

const POLL_MS = 500;

/**
 * Tries the changes that were handed in and wait, until none does. A loopty that grows the tree tries them itself, so
 * while another works on the project this one only looks on.
 */
export async function tryWaiting(world: World, options: ProjectOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  using progress = await openProgress(world);
  for (;;) {
    const before = await waitingIn(project);
    if (before === 0) return EXIT.done;
    if (await project.isLocked()) {
      await world.sleep(POLL_MS, world.signal);
      continue;
    }
    await using request = await openRunRequest(world, options, "idle", progress).catch(
      async (error: unknown) => {
        // Another was quicker.
        if (await project.isLocked()) return null;
        throw error;
      },
    );
    if (request === null) continue;
    await tryWaitingChanges(request, await lastRun(project), world.signal);
    // Somebody asked it to stop.
    if ((await waitingIn(project)) === before) return EXIT.done;
  }
}

async function waitingIn(project: Project): Promise<number> {
  const { steering, nodes } = await project.openRun(await lastRun(project));
  return waitingChanges(changesIn(await steering.orders()), nodes).length;
}
