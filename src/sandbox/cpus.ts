import { cpusOf, formatCpus } from "../core/cpuset.ts";

/** What loopty.yaml says of cpus; `null` where it says nothing. */
export interface WantedCpus {
  readonly agentCpus: string | null;
  /** A list is one slot for measuring each. */
  readonly measureCpus: string | readonly string[] | null;
}

/** For agents, and for every slot that measures. */
export interface ChosenCpus {
  readonly agent: string;
  readonly measure: readonly [string, ...string[]];
}

/**
 * The last cpu measures and the rest is for agents and builds, as far as the user leaves it open. They share only where nothing else
 * is left, or the user says so.
 */
export function chooseCpus(cpuCount: number, wanted: WantedCpus): ChosenCpus {
  const all = Array.from({ length: Math.max(1, cpuCount) }, (_, cpu) => cpu);
  const last = String(butNot(all, wanted.agentCpus ?? "").at(-1));
  const [first = last, ...more] = [wanted.measureCpus ?? last].flat();
  const agent = wanted.agentCpus ?? formatCpus(butNot(all, [first, ...more].join()));
  return { agent, measure: [first, ...more] };
}

/** All of them where none would be left. */
function butNot(cpus: readonly number[], set: string): readonly number[] {
  const taken = new Set(set === "" ? [] : cpusOf(set));
  const left = cpus.filter((cpu) => !taken.has(cpu));
  return left.length > 0 ? left : cpus;
}
