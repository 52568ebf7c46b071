import { createHash } from "node:crypto";
import { readlinkSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type EngineMachine, EXPERIMENTS_PER_SLOT } from "../../config/schema/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { SlurmMachines } from "../../config/schema/slurm.ts";
import { LOCAL_MACHINE } from "../../core/tree/machine.ts";
import type { MachineSource } from "../../loop/run/machine-source.ts";
import { HostQueue } from "../../measure/host-queue.ts";
import { endLeftoversOf } from "../../sandbox/clean-up/leftover.ts";
import { lentCpus } from "../../sandbox/cpus.ts";
import { DockerMachine } from "../../sandbox/docker-machine.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import type { EngineSource } from "../../sandbox/machines/engine-source.ts";
import { PathPrograms } from "../../sandbox/machines/slurm/programs.ts";
import { slurmSources } from "../../sandbox/machines/slurm/source.ts";
import { formatOwner } from "../../store/files/owner.ts";
import type { World } from "../world.ts";
import { engineAt } from "./engines.ts";

/** The machines of loopty.yaml behind the first one. `keep` is told why one that is lent is not there yet. */
export function furtherMachines(
  world: World,
  { machines }: Pick<Config, "machines">,
  keep: (text: string) => void,
): readonly MachineSource[] {
  return machines
    .slice(1)
    .flatMap((machine) =>
      machine.kind === "engine" ? engineSource(world, machine) : slurmNodes(world, machine, keep),
    );
}

/** An engine that is there, connected whenever it is wanted. */
function engineSource(world: World, machine: EngineMachine): MachineSource {
  const { name, parallel, url } = machine;
  return {
    name,
    parallel,
    idleMs: null,
    connect: async () => {
      const engine = await engineAt(world, machine);
      return {
        machine: new DockerMachine(engine),
        queue: queueOf(world, engine, url),
        cpus: machine,
        gone: new AbortController().signal,
        lentMs: () => null,
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

function slurmNodes(
  world: World,
  machines: SlurmMachines,
  keep: (text: string) => void,
): readonly MachineSource[] {
  const sources = slurmSources({
    machines,
    programs: new PathPrograms(world.env),
    clock: world,
    owner: formatOwner(world.processes.self()),
    env: world.env,
    home: world.home,
    onWaiting: (machine, job, reason) =>
      keep(`${machine} waits in Slurm's queue, job ${job}: ${reason}`),
  });
  return sources.map((source) => lentMachine(world, source, machines.idleMs));
}

/** A machine that somebody lends for a time. Nobody else measures there, and its next one has another queue. */
function lentMachine(world: World, source: EngineSource, idleMs: number): MachineSource {
  return {
    name: source.name,
    parallel: EXPERIMENTS_PER_SLOT,
    idleMs,
    connect: async (signal) => {
      const lent = await source.connect(signal);
      const { engine, gone } = lent;
      return {
        machine: new DockerMachine(engine),
        queue: queueOf(world, engine, engine.url),
        cpus: lentCpus(lent.cpus),
        gone,
        lentMs: () => lent.lentMs(),
        [Symbol.asyncDispose]: async () => {
          await lent[Symbol.asyncDispose]();
          await rm(queueFolder(engine.url), { recursive: true, force: true });
        },
      };
    },
  };
}

/** The queue for measuring on a machine, shared with every other loopty of this user here. */
export function queueOf(
  { processes, now }: Pick<World, "processes" | "now">,
  engine: Engine,
  url: string = LOCAL_MACHINE,
): HostQueue {
  return new HostQueue({
    folder: queueFolder(url),
    uid: process.getuid?.() ?? null,
    processes,
    endLeftoversOf: (owner) => endLeftoversOf(engine, owner),
    projectOf,
    isOwn,
    now,
  });
}

function queueFolder(url: string): string {
  const digest = createHash("sha256").update(url).digest("hex").slice(0, 12);
  const which = url === LOCAL_MACHINE ? "" : `-${digest}`;
  return join(tmpdir(), `loopty-bench-${process.getuid?.() ?? 0}${which}`);
}

/** Of the folder that a process works in, which only Linux shows. */
function projectOf(pid: number): string | null {
  try {
    return basename(readlinkSync(`/proc/${pid}/cwd`));
  } catch {
    return null;
  }
}

/** Root may signal everybody's processes. Where the system shows whose a process is, that decides. */
function isOwn(pid: number): boolean {
  const owner = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (owner !== undefined) return owner.uid === process.getuid?.();
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
