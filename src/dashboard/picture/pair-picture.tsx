import type { Metric } from "../../core/metrics/metric.ts";
import type { PairSet } from "../pair-view.ts";
import { logOf, tickText } from "./gain.ts";
import { round } from "./mark.ts";
import { gainTicks, type Scale, scaled } from "./scale.ts";

export interface PairPictureProps {
  readonly set: PairSet;
  readonly metric: Metric;
  /** Of the metric, in the order of priority. */
  readonly place: number;
  readonly width: number;
}

const MARGIN = { left: 16, right: 16 };
const HEIGHT = 92;
const DOTS = 34;
const BAND = 60;

/** The gain of every pair as a dot, and the estimate of all with its interval. It is the content of an `<svg>`. */
export function PairPicture({ set, metric, place, width }: PairPictureProps) {
  const compared = set.comparison.metrics[place];
  if (compared === undefined) return null;
  const gains = set.dots.map(({ logGains }) => logGains[place] ?? 0);
  const low = logOf(metric, compared.gainLow);
  const high = logOf(metric, compared.gainHigh);
  const scale = scaleFor([0, low, high, ...gains], width);
  const at = (value: number) => round(scaled(scale, value));
  const ticks = gainTicks(
    metric,
    scale.from[0],
    scale.from[1],
    Math.max(2, Math.floor(width / 110)),
  );
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick} class="axis">
          <path class={Math.abs(tick) < 1e-9 ? "grid zero" : "grid"} d={`M${at(tick)} 10V72`} />
          <text x={at(tick)} y={HEIGHT - 5} text-anchor="middle">
            {tickText(metric, tick)}
          </text>
        </g>
      ))}
      {set.dots.map(({ pair, order }, k) => (
        <circle
          key={pair}
          class={`pair ${order}`}
          cx={at(gains[k] ?? 0)}
          cy={DOTS + spread(k)}
          r={4}
        />
      ))}
      <path
        class="interval-bar"
        d={`M${at(low)} ${BAND}H${at(high)}M${at(low)} ${BAND - 5}v10M${at(high)} ${BAND - 5}v10`}
      />
      <circle class="estimate" cx={at(logOf(metric, compared.gain))} cy={BAND} r={4.5} />
    </g>
  );
}

PairPicture.height = HEIGHT;
/** What the dots mean, in words. */
PairPicture.key = "filled: parent ran first, open: child ran first";

function scaleFor(values: readonly number[], width: number): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const room = Math.max(0.08 * (high - low), 0.002);
  return { from: [low - room, high + room], to: [MARGIN.left, width - MARGIN.right] };
}

/** Equal gains would hide each other. */
function spread(place: number): number {
  return ((place * 7) % 5) * 5 - 10;
}
