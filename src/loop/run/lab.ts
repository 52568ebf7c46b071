import type { MeasuringSlots } from "../../measure/slot.ts";
import type { Machine, MachineLook } from "../../sandbox/machine.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

/** Where experiments happen: the run's sandbox on one machine. */
export interface Lab {
  /** The machine's name. */
  readonly machine: string;
  readonly sandbox: Sandbox;
  /** Measuring is done alone. Thinking, editing and building are not. */
  readonly slots: MeasuringSlots;
}

/** A lab on a machine that answers. Disposing it closes the sandbox, and gives the machine back. */
export interface OpenLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly machine: Pick<Machine, "facts" | "answer" | "failureOf" | "save">;
  /** Aborts with the reason as an `EngineError` where whoever gave the machine knows that it is gone. */
  readonly gone: AbortSignal;
  look(signal: AbortSignal): Promise<MachineLook>;
  /** Removes what nobody needs there any more. Nothing of this process may be at work there. */
  sweep(): Promise<void>;
  /** How long its owner has lent the machine so far; `null` where nobody counts. */
  lentMs(): number | null;
}

/** Opens the lab on one machine, again whenever the machine was lost. */
export interface LabSource {
  readonly machine: string;
  /** How many experiments the machine has at once where there is the choice. */
  readonly parallel: number;
  /** How long the machine may have nothing to do before it is given back; `null` where it is kept. */
  readonly idleMs: number | null;
  /** Throws `EngineError` while the machine cannot be had, and `UserError` where it can never be used. */
  open(signal: AbortSignal): Promise<OpenLab>;
}
