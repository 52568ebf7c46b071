import type { Evidence } from "../tree/evidence.ts";

/** How a change without some of its parts stands beside all of it, on one metric or score that can win. In log units. */
export interface FigureWithout {
  /** Below 0 where something is lost. */
  readonly gain: number;
  /** The upper end of its interval. */
  readonly gainHigh: number;
  /** How much worse still counts as equal. */
  readonly margin: number;
  /** Standard deviation of a pair under no change; 0 where it is not known. */
  readonly sigma: number;
  readonly isExact: boolean;
}

/** open: the pairs may come of a part that does nothing, so that fresh ones have to say. */
export type PartLoss = "none" | "open" | "proven";

/** Enough for a test, and for an estimate that one disturbed pair does not move. */
const PAIRS_AGAIN = 9;
const MOST_PAIRS_AGAIN = 24;
/** So many times what counts as equal, other programs may do to two pairs. */
const DISTURBED_MARGINS = 4;
/** A loss within so many standard errors of what counts as equal is seldom one, but parts are many. */
const OPEN_ERRORS = 3;
/** The margin is this many standard errors, where enough pairs can be had. */
const MARGIN_ERRORS = 2;
const BRIEF: readonly Evidence["rule"][] = ["screen", "given_up"];

/**
 * Whether the parts that were left out are missed. A search stops at a child as soon as a gain is out of sight, which is
 * long before it is known whether anything was lost.
 */
export function lossOf(
  figures: readonly FigureWithout[],
  evidence: Pick<Evidence, "rule" | "looks" | "pairs">,
): PartLoss {
  const losses = figures.map((figure) => lossOn(figure, evidence));
  if (losses.includes("proven")) return "proven";
  return losses.includes("open") ? "open" : "none";
}

/** How many fresh pairs tell a loss from noise, as far as those that there is time for can; none where these are too few. */
export function pairsToSeeLoss(figures: readonly FigureWithout[], affordable: number): number {
  if (affordable < PAIRS_AGAIN) return 0;
  const wanted = figures.map(({ sigma, margin }) => (MARGIN_ERRORS * sigma) / margin);
  const pairs = Math.ceil(Math.max(0, ...wanted.filter(Number.isFinite)) ** 2);
  return Math.min(MOST_PAIRS_AGAIN, affordable, Math.max(PAIRS_AGAIN, pairs));
}

function lossOn(
  { gain, gainHigh, margin, sigma, isExact }: FigureWithout,
  { rule, looks, pairs }: Pick<Evidence, "rule" | "looks" | "pairs">,
): PartLoss {
  if (isExact) return gain < 0 ? "proven" : "none";
  if (gain >= -margin) return "none";
  // What these pairs do not show, this machine does not tell from noise: a part has to earn its place.
  if (looks.length === 1 && pairs >= PAIRS_AGAIN) return gainHigh < 0 ? "proven" : "none";
  const isNear = -gain <= margin + (OPEN_ERRORS * sigma) / Math.sqrt(pairs);
  const isBrief = BRIEF.includes(rule) && -gain <= DISTURBED_MARGINS * margin;
  return isNear || isBrief || gainHigh >= 0 ? "open" : "proven";
}
