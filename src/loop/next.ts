import type { TokenBudget } from "../core/budget/token-budget.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import type { Ending, MaxTime } from "./ending.ts";
import type { OpenedNode } from "./node/opened-node.ts";
import type { SteeringWatch } from "./steering.ts";

/** What a worker does next. */
export type Next =
  | ({
      readonly kind: "experiment";
      /** Gives back what the node was lent. */
      readonly close: () => void;
    } & OpenedNode)
  /** Much was built on this gain, or it is too good. It is measured again first. */
  | { readonly kind: "confirm"; readonly node: ExperimentNode; readonly close: () => void }
  /**
   * There is nothing to do now. A person may still change that for `forMs`, which may be infinite. With `null` only
   * another worker may.
   */
  | { readonly kind: "wait"; readonly ending: Ending; readonly forMs: number | null }
  | { readonly kind: "end"; readonly ending: Ending };

export interface NextOptions {
  readonly steering: SteeringWatch;
  /** `null` for agents that use no tokens. */
  readonly tokens: TokenBudget | null;
  /** When the run would have begun by `steadyMs`, had it never been interrupted. */
  readonly startedAtMs: number;
  readonly maxTime?: MaxTime | null;
}

/** An experiment to which nothing was lent. */
export function nothingLent(opened: OpenedNode): Next {
  return { kind: "experiment", ...opened, close: () => {} };
}
