import type { NodeId } from "../../core/tree/id.ts";
import { tickText } from "./gain.ts";
import { MARK_STYLES, markPath, round } from "./mark.ts";
import { isStep, NODE_KINDS, type NodeKind } from "./node-kind.ts";
import { clamped, gainTicks, roundTicks, type Scale, scaled } from "./scale.ts";
import type { Staircase, StairPoint } from "./staircase.ts";

export interface StaircaseFrame {
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
  /** The height of the line on which nodes without a measurement stand. */
  readonly rug: number;
}

export interface StaircasePictureProps {
  readonly staircase: Staircase;
  readonly frame: StaircaseFrame;
  readonly selected?: NodeId | null;
}

const MARGIN = { top: 12, right: 14, bottom: 40, left: 58 };
const RUG_ABOVE_BOTTOM = 26;
const LABEL_HEIGHT = 14;
const MOST_TICKS = 7;
const RADIUS = 3.5;
const SMALL_RADIUS = 2.2;
/** With more nodes than this marks are small, and only gains show their intervals. */
const CROWD = 250;
/** The room below zero, as a share of the room above. One terrible node must not flatten all others. */
const MOST_BELOW = 0.5;
const LEAST_RANGE = 0.02;

export function staircaseFrame(
  staircase: Staircase,
  width: number,
  height: number,
): StaircaseFrame {
  const { points } = staircase;
  const values = points.flatMap(({ logGain, low, high, kind }) =>
    logGain === null ? [] : [logGain, ...(isStep(kind) ? [low ?? logGain, high ?? logGain] : [])],
  );
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const lowest = values.reduce((least, value) => Math.min(least, value), 0);
  const range = Math.max(highest, LEAST_RANGE);
  const low = Math.max(lowest, -MOST_BELOW * range);
  const bottom = height - MARGIN.bottom;
  return {
    width,
    height,
    x: { from: [0, Math.max(points.length - 1, 1)], to: [MARGIN.left + 8, width - MARGIN.right] },
    y: { from: [low - 0.06 * range, range + 0.06 * range], to: [bottom, MARGIN.top] },
    rug: height - RUG_ABOVE_BOTTOM,
  };
}

export function pointAt(
  { x, y, rug }: StaircaseFrame,
  point: StairPoint,
): { x: number; y: number } {
  const height = point.logGain === null ? rug : scaled(y, clamped(y, point.logGain));
  return { x: round(scaled(x, point.place)), y: round(height) };
}

/** The best so far over all experiments, as the content of an `<svg>`. Nothing in it needs a browser. */
export function StaircasePicture({ staircase, frame, selected = null }: StaircasePictureProps) {
  const { points } = staircase;
  const current = points.find(({ id }) => id === selected);
  const shown = points.length > CROWD ? points.filter(({ kind }) => isStep(kind)) : points;
  const at = current === undefined ? null : pointAt(frame, current);
  return (
    // Empty attributes are left out: an attribute without a value is no XML, and the pictures are files of their own too.
    <g class={points.length > CROWD ? "crowd" : undefined}>
      <Axes frame={frame} {...staircase} />
      <path
        class="interval"
        d={shown.map((point) => intervalPath(frame, point)).join("") || undefined}
      />
      {NODE_KINDS.map((kind) => (
        <path
          key={kind}
          class={`mark ${MARK_STYLES[kind]} kind-${kind}`}
          data-kind={kind}
          d={marksPath(frame, points, kind) || undefined}
        />
      ))}
      <path class="best" d={bestPath(staircase, frame) || undefined} />
      {at !== null && <circle class="halo shown" cx={at.x} cy={at.y} r={9} />}
    </g>
  );
}

interface AxesProps extends Omit<Staircase, "steps"> {
  readonly frame: StaircaseFrame;
}

function Axes({ frame, metric, points }: AxesProps) {
  const { x, y, width, height, rug } = frame;
  const [bottom] = y.to;
  const isCut = points.some(({ logGain }) => logGain !== null && logGain < y.from[0]);
  const tickCount = Math.min(Math.max(2, Math.floor(height / 32)), MOST_TICKS);
  const ticks = metric === null ? [0] : gainTicks(metric, y.from[0], y.from[1], tickCount);
  const gains = ticks.filter((log) => !isCut || bottom - scaled(y, log) >= LABEL_HEIGHT);
  const places = roundTicks(x.from[0], x.from[1], Math.max(2, Math.floor(width / 90)));
  return (
    <g class="axis">
      {gains.map((log) => {
        const at = round(scaled(y, log));
        const isZero = Math.abs(log) < 1e-9;
        return (
          <g key={log}>
            <path
              class={isZero ? "grid zero" : "grid"}
              d={`M${MARGIN.left} ${at}H${width - MARGIN.right}`}
            />
            <text x={MARGIN.left - 6} y={at + 4} text-anchor="end">
              {isZero || metric === null ? "baseline" : tickText(metric, log)}
            </text>
          </g>
        );
      })}
      {isCut && <RowName y={bottom}>lower</RowName>}
      {points.some(({ logGain }) => logGain === null) && <RowName y={rug}>no value</RowName>}
      {places.filter(Number.isInteger).map((place) => (
        <text key={place} x={round(scaled(x, place))} y={height - 6} text-anchor="middle">
          {place}
        </text>
      ))}
    </g>
  );
}

/** The name of a row at the bottom, whose nodes are not drawn at their height. */
function RowName({ y, children }: { readonly y: number; readonly children: string }) {
  return (
    <text x={MARGIN.left - 6} y={y + 4} text-anchor="end">
      {children}
    </text>
  );
}

function bestPath({ steps, points }: Staircase, { x, y }: StaircaseFrame): string {
  const [first, ...rest] = steps;
  if (first === undefined) return "";
  const to = (value: number, scale: Scale) => round(scaled(scale, value));
  const rises = rest.map(({ place, logGain }) => `H${to(place, x)}V${to(logGain, y)}`).join("");
  const end = to(Math.max(points.length - 1, 0), x);
  return `M${to(first.place, x)} ${to(first.logGain, y)}${rises}H${end}`;
}

function intervalPath(frame: StaircaseFrame, point: StairPoint): string {
  const { low, high, logGain } = point;
  if (logGain === null || low === null || high === null) return "";
  const { x } = pointAt(frame, point);
  const to = (value: number) => round(scaled(frame.y, clamped(frame.y, value)));
  return `M${x} ${to(low)}V${to(high)}`;
}

function marksPath(frame: StaircaseFrame, points: readonly StairPoint[], kind: NodeKind): string {
  return points
    .filter((point) => point.kind === kind)
    .map((point) => {
      const { x, y } = pointAt(frame, point);
      return markPath(kind, x, y, points.length > CROWD ? SMALL_RADIUS : RADIUS);
    })
    .join("");
}
