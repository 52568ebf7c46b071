import { messageOf } from "../../core/error.ts";
import { createContainer, type StepContainer } from "../container/container.ts";
import type { ContainerSpec } from "../container/hardening.ts";
import type { DockerSettings } from "../docker-settings.ts";
import {
  type CgroupCounters,
  memoryKillsOnHost,
  readCounters,
  readOuterThrottling,
  type Throttling,
} from "./counters.ts";
import { type CgroupParent, chooseParent, removeParent } from "./parent.ts";

/** A container whose use the kernel counts. Disposing removes it, then its group. */
export interface CountedContainer extends StepContainer {
  readonly cgroup: ContainerCgroup;
}

/** A container that came this near to its limit was out of memory, if anything on the machine was. */
const NEAR_LIMIT_BYTES = 1024 * 1024;

/**
 * What the kernel counts of one container. The container's own group is gone as soon as it ends. The one around it
 * stays and has counted all that was in it, exactly even for a run of 5 ms, and nothing inside can reach it. Limits and
 * cpuset remain the container's. It must be disposed of once the container is removed.
 */
export class ContainerCgroup implements AsyncDisposable {
  readonly #settings: DockerSettings;
  #before: CgroupCounters | null = null;
  #outerBefore: Throttling | null = null;
  #killsBefore: number | null = null;
  #parent: CgroupParent | null;

  private constructor(settings: DockerSettings, parent: CgroupParent | null) {
    this.#settings = settings;
    this.#parent = parent;
    this.beginAnew();
  }

  /** Counts from now on. What the start of a held container took is no part of its run. */
  beginAnew(): void {
    const { cgroups } = this.#settings.engine;
    this.#before = cgroups && this.#parent && readCounters(cgroups, this.#parent.path);
    this.#outerBefore = cgroups && readOuterThrottling(cgroups);
    this.#killsBefore = memoryKillsOnHost();
  }

  /** Creates a container, inside a group of the harness where its engine is on this machine and accepts one. */
  static async create(spec: ContainerSpec): Promise<CountedContainer> {
    const { settings, phase, cpus } = spec;
    const cgroup = new ContainerCgroup(settings, chooseParent(settings, phase, cpus, spec.heldAt));
    const created = await cgroup.#create(spec);
    const { container } = created;
    return {
      container,
      cgroup,
      [Symbol.asyncDispose]: async () => {
        await using _cgroup = cgroup;
        await created[Symbol.asyncDispose]();
      },
    };
  }

  async #create(spec: ContainerSpec): Promise<StepContainer> {
    if (this.#parent === null) return createContainer(spec);
    try {
      return await createContainer({ ...spec, cgroupParent: this.#parent.name });
    } catch (error) {
      if (!/cgroup/i.test(messageOf(error))) throw error;
      this.#parent = null;
      return createContainer(spec);
    }
  }

  /** What the container used so far, or in all once it has ended. `null` where its group does not show up on this machine. */
  used(): CgroupCounters | null {
    const { cgroups } = this.#settings.engine;
    if (cgroups === null || this.#parent === null) return null;
    const after = readCounters(cgroups, this.#parent.path);
    if (after === null) return null;
    const since = (key: keyof CgroupCounters) => {
      const now = after[key];
      return now === null ? null : Math.max(0, now - (this.#before?.[key] ?? 0));
    };
    const outer = readOuterThrottling(cgroups);
    const throttled = (key: keyof Throttling) => {
      const own = since(key);
      return own === null ? null : own + (outer?.[key] ?? 0) - (this.#outerBefore?.[key] ?? 0);
    };
    const cpuMs = since("cpuMs");
    // The start of a container takes time. Without any, this is an old group of that name in which nothing ran now.
    if (cpuMs === 0) return null;
    return {
      cpuMs,
      throttledMs: throttled("throttledMs"),
      throttledPeriods: throttled("throttledPeriods"),
      pressureMs: since("pressureMs"),
      // A shared group has the highest peak of all containers that were ever in it.
      peakMemoryBytes: this.#parent.kind === "own" ? after.peakMemoryBytes : null,
      memoryKills: since("memoryKills"),
    };
  }

  /**
   * Whether the kernel killed a process of the container for its memory, as far as that can be known. A shell continues
   * when its child is killed, and may hide it. Version 1 does not pass the count on: there it is a kill anywhere on the
   * machine while this container came to its limit.
   */
  ranOutOfMemory(): boolean {
    const used = this.used();
    if (used === null) return false;
    if (used.memoryKills !== null) return used.memoryKills > 0;
    const limitBytes = this.#settings.limits.memoryBytes;
    const wasAtLimit = (used.peakMemoryBytes ?? 0) >= limitBytes - NEAR_LIMIT_BYTES;
    const kills = memoryKillsOnHost();
    return wasAtLimit && kills !== null && kills > (this.#killsBefore ?? kills);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { cgroups } = this.#settings.engine;
    if (cgroups !== null && this.#parent !== null) await removeParent(cgroups, this.#parent);
  }
}
