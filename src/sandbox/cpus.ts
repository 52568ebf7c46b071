import { cpusOf, formatCpus } from "../core/cpuset.ts";

/** What loopty.yaml says of cpus; `null` where it says nothing. */
export interface WantedCpus {
  readonly agentCpus: string | null;
  /** Each entry of a list is one slot for measuring. */
  readonly measureCpus: string | readonly string[] | null;
}

/** The cpus for agents, and for every slot that measures. */
export interface ChosenCpus {
  readonly agent: string;
  readonly measure: readonly [string, ...string[]];
}

/**
 * The last cpu measures, and the rest is for agents and builds, as far as the user leaves it open. They share cpus only
 * where nothing else is left, or where the user says so.
 */
export function chooseCpus(cpuCount: number, wanted: WantedCpus): ChosenCpus {
  return chooseAmong(
    Array.from({ length: Math.max(1, cpuCount) }, (_, cpu) => cpu),
    wanted,
  );
}

/** The same of a part of a machine: somebody else may have the other cpus. `null`: all are ours. */
export function lentCpus(cpuset: string | null): WantedCpus {
  const nothing = { agentCpus: null, measureCpus: null };
  if (cpuset === null) return nothing;
  const { agent, measure } = chooseAmong(cpusOf(cpuset), nothing);
  return { agentCpus: agent, measureCpus: measure[0] };
}

function chooseAmong(all: readonly number[], wanted: WantedCpus): ChosenCpus {
  const last = String(butNot(all, wanted.agentCpus ?? "").at(-1));
  const [first = last, ...more] = [wanted.measureCpus ?? last].flat();
  const agent = wanted.agentCpus ?? formatCpus(butNot(all, [first, ...more].join()));
  return { agent, measure: [first, ...more] };
}

/** All cpus without those of a set; all of them where none would be left. */
function butNot(cpus: readonly number[], set: string): readonly number[] {
  const taken = new Set(set === "" ? [] : cpusOf(set));
  const left = cpus.filter((cpu) => !taken.has(cpu));
  return left.length > 0 ? left : cpus;
}
