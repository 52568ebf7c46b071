import { LABEL } from "../../sandbox/container/label.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";

/** A container or volume of one project, found by label. */
export interface EngineResource {
  readonly kind: "container" | "volume";
  readonly name: string;
  /** The process that created it. */
  readonly owner: string;
}

/**
 * The containers and volumes that `removeLeftovers` looks at, with names. A user's own container of one of our images
 * is not among them.
 */
export async function listResources(engine: Engine, projectId: string): Promise<EngineResource[]> {
  const filters = { label: [`${LABEL.project}=${projectId}`] };
  const containers = await engine.docker.listContainers({ all: true, filters });
  const { Volumes: volumes } = await engine.docker.listVolumes({ filters });
  return [
    ...containers
      .filter(({ Names, Labels }) => Names.includes(`/${Labels[LABEL.container]}`))
      .map(({ Labels }) => ({
        kind: "container" as const,
        name: Labels[LABEL.container] ?? "",
        owner: Labels[LABEL.owner] ?? "",
      })),
    ...(volumes ?? []).map(({ Name, Labels }) => ({
      kind: "volume" as const,
      name: Name,
      owner: Labels?.[LABEL.owner] ?? "",
    })),
  ];
}
