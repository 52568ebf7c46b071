import type { MachineLook } from "../../sandbox/machine.ts";
import type { OpenLab } from "./lab.ts";

/** What becomes of a machine. */
export type MachineNews =
  | { readonly kind: "joined"; readonly machine: string; readonly look: MachineLook }
  | {
      readonly kind: "lost";
      readonly machine: string;
      readonly reason: string;
      /** When it is tried again; `null` for one that can never be used. */
      readonly againInMs: number | null;
    }
  | { readonly kind: "given_back"; readonly machine: string; readonly idleMs: number };

/** What a pool does for its machines. */
export interface Upkeep {
  /** Makes a lab fit for work, before any is given to it. */
  prepare(open: OpenLab, signal: AbortSignal): Promise<MachineLook>;
  report(news: MachineNews): Promise<void>;
  /** Its owner has lent a machine for so much longer. */
  countLent(machine: string, moreMs: number): Promise<void>;
}

/** What a machine of a pool knows of the pool. */
export interface PoolView {
  /** The machine has come, or has room. */
  readonly changed: () => void;
  /** Whether another machine is there. */
  readonly isSpare: () => boolean;
}
