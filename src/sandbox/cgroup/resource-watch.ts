import { readFileSync } from "node:fs";
import { cpusOf } from "../../core/cpuset.ts";
import { type Resources, UNKNOWN_RESOURCES } from "../../core/judging/resources.ts";
import type { ContainerCgroup } from "./container.ts";
import type { CgroupCounters } from "./counters.ts";

/** USER_HZ: 100 on every architecture that Docker runs on. */
const TICK_MS = 10;
/** The place of steal among the numbers after `cpu0` (proc_stat(5)): user nice system idle iowait irq softirq steal. */
const STEAL = 7;

/** What one run used, and what disturbed it, without the container's own start. */
export class ResourceWatch {
  readonly #cgroup: Pick<ContainerCgroup, "used">;
  readonly #cpus: string;
  #stealBeforeMs: number | null = null;
  #stealAfterMs: number | null = null;
  #used: CgroupCounters | null = null;

  constructor(cgroup: Pick<ContainerCgroup, "used">, cpus: string) {
    this.#cgroup = cgroup;
    this.#cpus = cpus;
  }

  /** Must be called as the run starts. `ended` aborts as it ends. */
  begin(ended: AbortSignal): void {
    this.#stealBeforeMs = stealMs(readStat(), this.#cpus);
    const end = () => {
      // Others may run before anybody asks.
      this.#used = this.#cgroup.used();
      this.#stealAfterMs = stealMs(readStat(), this.#cpus);
    };
    ended.addEventListener("abort", end, { once: true });
  }

  /** The resources of the run that has ended. */
  resources(): Resources {
    const used = this.#used;
    // The steal would be this machine's, while the engine is on another.
    if (used === null) return UNKNOWN_RESOURCES;
    const { cpuMs, throttledMs, throttledPeriods, pressureMs, peakMemoryBytes } = used;
    const [before, after] = [this.#stealBeforeMs, this.#stealAfterMs];
    return {
      cpuMs: rounded(cpuMs),
      throttledMs: rounded(throttledMs),
      throttledPeriods,
      stealMs: before === null || after === null ? null : Math.max(0, after - before),
      pressureMs: rounded(pressureMs),
      peakMemoryBytes,
    };
  }
}

/** Rounds to microseconds, in which most of it is counted: differences of large numbers have long fractions. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

/**
 * Time stolen from these CPUs (a cpuset such as `0-2,5`) since the machine started. `null` where one of them is not in
 * the text.
 */
export function stealMs(stat: string, cpus: string): number | null {
  const ticks = cpusOf(cpus).map((cpu) => {
    const line = stat.split("\n").find((candidate) => candidate.startsWith(`cpu${cpu} `));
    return Number(line?.split(" ")[1 + STEAL] ?? Number.NaN);
  });
  const sum = ticks.reduce((total, tick) => total + tick, 0);
  return Number.isFinite(sum) ? sum * TICK_MS : null;
}

function readStat(): string {
  try {
    return readFileSync("/proc/stat", "utf8");
  } catch {
    return "";
  }
}
