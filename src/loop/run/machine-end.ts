/** Why a machine is not used any more. */
export interface End {
  readonly reason: string;
  /** Whether it can never be used. */
  readonly isFinal: boolean;
  /** How long it had nothing to do, where that is why. */
  readonly idleMs: number | null;
}

/** Nothing was to do on a machine that is lent. */
export class Idle extends Error {
  readonly idleMs: number;

  constructor(idleMs: number) {
    super("nothing is to do on it");
    this.idleMs = idleMs;
  }
}
