import { formatOwner, type Owner, type ProcessTable } from "../../src/store/files/owner.ts";

/** Processes that live as long as the test says. */
export class FakeProcesses {
  readonly #alive = new Set<string>();

  start(pid: number, startTime = "100", bootId = "boot-1"): ProcessTable {
    const self: Owner = { pid, bootId, startTime };
    this.#alive.add(formatOwner(self));
    return { self: () => self, isAlive: (owner) => this.#alive.has(formatOwner(owner)) };
  }

  kill(table: ProcessTable): void {
    this.#alive.delete(formatOwner(table.self()));
  }
}
