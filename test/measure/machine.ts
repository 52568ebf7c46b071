import type { Owner, ProcessTable } from "../../src/store/files/owner.ts";

/** Processes that live until they are killed. */
export class Machine {
  readonly #dead = new Set<number>();

  process(pid: number): ProcessTable {
    return {
      self: () => ({ pid, bootId: "boot", startTime: "1" }),
      isAlive: (owner: Owner) => !this.#dead.has(owner.pid),
    };
  }

  kill(pid: number): void {
    this.#dead.add(pid);
  }
}
