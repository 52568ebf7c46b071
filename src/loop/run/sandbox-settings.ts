import type { Config } from "../../config/schema/schema.ts";
import { type ChosenCpus, chooseCpus, type WantedCpus } from "../../sandbox/cpus.ts";
import type { MachineFacts, SandboxSettings } from "../../sandbox/machine.ts";
import type { Project } from "../../store/project.ts";

export interface SettingsRequest {
  readonly config: Config;
  readonly machine: { readonly facts: Pick<MachineFacts, "cpuCount"> };
  /** As loopty.yaml says for this machine alone. */
  readonly cpus: WantedCpus;
  readonly project: Pick<Project, "projectId">;
  /** This process as an owner of containers. */
  readonly owner: string;
  readonly onOutput?: SandboxSettings["onOutput"];
}

/** What all containers, volumes and images of a run have in common. */
export function sandboxSettings(request: SettingsRequest, run: number): SandboxSettings {
  const { config, project, owner, onOutput } = request;
  const { memoryBytes, pids, diskBytes, shmBytes, tmpBytes, files, runtime, network } =
    config.sandbox;
  const { gpus, agentGpus } = config.sandbox;
  return {
    projectId: project.projectId,
    repository: `loopty/${config.name}`,
    run,
    owner,
    limits: { memoryBytes, pids, diskBytes, shmBytes, tmpBytes, files, runtime },
    agentCpus: chosenCpus(request).agent,
    network,
    gpus,
    agentGpus,
    onOutput,
  };
}

export function chosenCpus({
  config: { sandbox },
  machine,
  cpus,
}: Pick<SettingsRequest, "config" | "machine" | "cpus">): ChosenCpus {
  return chooseCpus(machine.facts.cpuCount, {
    agentCpus: cpus.agentCpus ?? sandbox.agentCpus,
    measureCpus: cpus.measureCpus ?? sandbox.measureCpus,
  });
}
