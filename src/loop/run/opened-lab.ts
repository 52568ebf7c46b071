import type { Config } from "../../config/schema/schema.ts";
import type { Clock } from "../../core/clock.ts";
import { EngineError } from "../../core/error.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { WantedCpus } from "../../sandbox/cpus.ts";
import type {
  Machine,
  RecordedBase,
  SandboxRequest,
  SandboxSettings,
} from "../../sandbox/machine.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Project } from "../../store/project.ts";
import type { DividedWorkspace } from "../origin/workspace.ts";
import { whileItAnswers } from "./heartbeat.ts";
import type { LabSource, OpenLab } from "./lab.ts";
import type { ConnectedMachine, MachineSource } from "./machine-source.ts";
import { chosenCpus, sandboxSettings } from "./sandbox-settings.ts";
import { slotsOf, watchAbandonedPauses } from "./slots.ts";

/** What the labs of a run have in common. */
export interface LabSettings {
  readonly config: Config;
  readonly project: Pick<Project, "projectId">;
  /** This process as an owner of containers. */
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  readonly clock: Clock;
  readonly onOutput?: SandboxSettings["onOutput"];
}

/** The run that a lab is for. */
export interface LabRun {
  readonly number: number;
  readonly workspace: DividedWorkspace;
  readonly recorded: RecordedBase | null;
}

/** What a run's sandbox on a machine is made from. */
export function sandboxRequest(
  settings: LabSettings,
  machine: Pick<Machine, "facts">,
  cpus: WantedCpus,
  { number, workspace, recorded }: LabRun,
): SandboxRequest {
  const { config } = settings;
  const { base: image, setup, ca } = config.sandbox;
  return {
    settings: sandboxSettings({ ...settings, machine, cpus }, number),
    image,
    ca,
    workspace,
    setup: setup === null ? null : { command: setup, timeoutMs: config.timeouts.setupMs, ca },
    recorded,
  };
}

export interface LabParts {
  readonly name: string;
  readonly connected: ConnectedMachine;
  readonly sandbox: Sandbox;
  readonly request: SandboxRequest;
  /** Nodes whose images go when it is swept. */
  readonly unrecorded: () => ReadonlySet<NodeId>;
}

/** A lab of a sandbox that was opened. Its containers that a killed harness left paused go on from now. */
export function labOf(settings: LabSettings, parts: LabParts): OpenLab {
  const { name, connected, sandbox, request, unrecorded } = parts;
  const { machine, queue, cpus, gone } = connected;
  const { owner, clock } = settings;
  const { measure } = chosenCpus({ config: settings.config, machine, cpus });
  const wanted = cpus.measureCpus ?? settings.config.sandbox.measureCpus ?? measure[0];
  const pauses = watchAbandonedPauses({ machine, queue, owner, clock });
  return {
    lab: {
      machine: name,
      sandbox,
      slots: slotsOf(machine, queue, wanted, settings.config.sandbox.gpus),
    },
    machine,
    gone,
    look: (signal) => machine.look(request, sandbox.base, signal),
    lentMs: () => connected.lentMs(),
    sweep: () => sweepFor(settings, machine, unrecorded()),
    [Symbol.asyncDispose]: async () => {
      await pauses[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
      await connected[Symbol.asyncDispose]();
    },
  };
}

/**
 * The lab of a run on a machine that joins: it gets the run's base as the same layers, and makes nothing anew. Images of `unrecorded` nodes
 * that are there go, as nobody may build on them.
 */
export function labSource(
  settings: LabSettings,
  source: MachineSource,
  run: LabRun & { readonly recorded: RecordedBase },
  carry: NonNullable<SandboxRequest["carry"]>,
  unrecorded: () => ReadonlySet<NodeId>,
): LabSource {
  const { name, parallel, idleMs } = source;
  return {
    machine: name,
    parallel,
    idleMs,
    open: async (signal) => {
      const connected = await source.connect(signal);
      const { machine, cpus } = connected;
      try {
        await sweepFor(settings, machine, unrecorded());
        const request = { ...sandboxRequest(settings, machine, cpus, run), carry };
        const sandbox = await whileItAnswers(
          machine,
          settings.clock,
          signal,
          (within) => machine.open(request, within),
          (late) => late[Symbol.asyncDispose](),
        );
        if (sandbox.base.layers.join() !== run.recorded.layers.join()) {
          throw new EngineError(`the base comes out different on ${name}`);
        }
        return labOf(settings, { name, connected, sandbox, request, unrecorded });
      } catch (error) {
        await connected[Symbol.asyncDispose]();
        throw machine.failureOf(error) ?? error;
      }
    },
  };
}

/** Nothing of this process is at work on a machine that joins: what it left there when it lost it goes, too. */
function sweepFor(
  { project, owner, isAlive }: LabSettings,
  machine: Machine,
  withoutImage: ReadonlySet<NodeId>,
): Promise<void> {
  return machine.sweep({
    projectId: project.projectId,
    isAlive: (other) => other !== owner && isAlive(other),
    withoutImage,
  });
}
