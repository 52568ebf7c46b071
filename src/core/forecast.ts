import type { Calibration } from "./judging/calibration.ts";
import { looksWithin } from "./judging/looks.ts";

/** How many pairs a verdict will take, the warm-up pair included. */
export interface Forecast {
  /** For a child that changes nothing, about: the mean on recorded noise, 4 on quiet machines and 10 on awful ones. */
  readonly noOpPairs: number;
  readonly mostPairs: number;
}

const WARM_UP = 1;
const NO_OP_PAIRS = 8;

/** `maxPairs` are what time allows. */
export function forecastPairs(calibration: Calibration, maxPairs: number): Forecast {
  // What is exact loses or ties in one pair and wins in two.
  const isExact = calibration.metrics.every(({ kind }) => kind === "exact");
  const most = isExact ? Math.min(2, maxPairs) : (looksWithin(maxPairs).at(-1) ?? maxPairs);
  const noOp = isExact ? 1 : Math.min(NO_OP_PAIRS, most);
  return { noOpPairs: WARM_UP + noOp, mostPairs: WARM_UP + most };
}
