import { removeLeftoverCgroups } from "../cgroup/parent.ts";
import { removeContainer } from "../container/container.ts";
import { LABEL } from "../container/label.ts";
import type { Engine } from "../engine/engine.ts";
import { isConflict, isNotFound } from "../engine/engine.ts";

export interface Removed {
  readonly containers: number;
  readonly volumes: number;
}

/**
 * Removes this project's containers, their groups, and volumes whose owner is gone, as `isLeftover` says. They are
 * found by label only: never by a name's beginning, and never by a prune. A container that a person started from one of
 * our images inherits the image's labels, but not its own name as a label, and is left alone.
 */
export async function removeLeftovers(
  engine: Engine,
  projectId: string,
  isLeftover: (owner: string) => boolean,
): Promise<Removed> {
  const { docker } = engine;
  const label = `${LABEL.project}=${projectId}`;
  const filters = { label: [label] };
  const containers = await removeContainers(engine, label, isLeftover);
  await removeLeftoverCgroups(engine.cgroups, projectId, isLeftover);
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  let removed = 0;
  for (const volume of volumes ?? []) {
    if (!isLeftover(volume.Labels?.[LABEL.owner] ?? "")) continue;
    try {
      await docker.getVolume(volume.Name).remove();
      removed++;
    } catch (error) {
      // A person may have mounted it into a container of their own.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
  return { containers, volumes: removed };
}

/** Ends whatever a killed process left running, whatever its project. What nobody waits for must not disturb others. */
export async function endLeftoversOf(engine: Engine, owner: string): Promise<void> {
  await removeContainers(engine, `${LABEL.owner}=${owner}`, () => true);
}

async function removeContainers(
  { docker }: Engine,
  label: string,
  isLeftover: (owner: string) => boolean,
): Promise<number> {
  const filters = { label: [label] };
  const containers = (await docker.listContainers({ all: true, filters })).filter(
    (info) =>
      info.Names.includes(`/${info.Labels[LABEL.container]}`) &&
      isLeftover(info.Labels[LABEL.owner] ?? ""),
  );
  for (const info of containers) await removeContainer(docker.getContainer(info.Id));
  return containers.length;
}
