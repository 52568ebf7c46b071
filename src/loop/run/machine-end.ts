import { messageOf, UserError } from "../../core/error.ts";

/** Why a machine is not used any more. `final`: it can never be used. `idle`: it had nothing to do for so long. */
export type MachineEnd =
  | { readonly kind: "lost" | "final"; readonly reason: string }
  | { readonly kind: "idle"; readonly idleMs: number };

export function endOf(error: unknown): MachineEnd {
  if (error instanceof Idle) return { kind: "idle", idleMs: error.idleMs };
  return { kind: error instanceof UserError ? "final" : "lost", reason: messageOf(error) };
}

/** Nothing was to do on a machine that is lent. */
export class Idle extends Error {
  readonly idleMs: number;

  constructor(idleMs: number) {
    super("nothing is to do on it");
    this.idleMs = idleMs;
  }
}
