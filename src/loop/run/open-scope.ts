import type { Config } from "../../config/schema/schema.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { chooseCpus, type Scope } from "../../sandbox/scope.ts";
import type { Project } from "../../store/project.ts";

export interface ScopeRequest {
  readonly config: Config;
  readonly engine: Engine;
  readonly project: Pick<Project, "projectId">;
  /** This process as an owner of containers. */
  readonly owner: string;
}

/** What all containers, volumes and images of a run have in common. */
export function scopeOf({ config, engine, project, owner }: ScopeRequest, run: number): Scope {
  const { sandbox } = config;
  const cpus = chooseCpus(engine.cpuCount, sandbox);
  return {
    engine,
    projectId: project.projectId,
    repository: `loopty/${config.name}`,
    run,
    owner,
    limits: {
      memoryBytes: sandbox.memoryBytes,
      pids: sandbox.pids,
      diskBytes: sandbox.diskBytes,
      runtime: sandbox.runtime,
    },
    cpus: { agent: cpus.agent, measure: cpus.measure[0] },
    network: sandbox.network,
  };
}
