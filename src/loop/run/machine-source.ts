import type { MeasuringQueue } from "../../measure/slot.ts";
import type { WantedCpus } from "../../sandbox/cpus.ts";
import type { Machine } from "../../sandbox/machine.ts";

/** Where a machine comes from, again and again, as it may be lost. */
export interface MachineSource {
  readonly name: string;
  /** How many experiments it has at once where there is the choice. */
  readonly parallel: number;
  /** How long it may have nothing to do before it is given back; `null` where it is kept. */
  readonly idleMs: number | null;
  /** Throws `EngineError` while it cannot be had. */
  connect(signal: AbortSignal): Promise<ConnectedMachine>;
}

/** Disposing it gives the machine back. */
export interface ConnectedMachine extends AsyncDisposable {
  readonly machine: Machine;
  /** The queue of all that measure on it. */
  readonly queue: MeasuringQueue;
  /** As loopty.yaml says for this machine alone, or those that are lent. */
  readonly cpus: WantedCpus;
  /** Aborts with an `EngineError` once whoever gave the machine knows that it is gone. */
  readonly gone: AbortSignal;
  /** How long its owner has lent it so far; `null` where nobody counts. */
  lentMs(): number | null;
}
