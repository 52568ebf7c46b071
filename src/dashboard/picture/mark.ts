import type { NodeKind } from "./node-kind.ts";

/** How a shape is painted, in its kind's colour. */
export type MarkStyle = "filled" | "ringed" | "stroked";

export const MARK_STYLES: Readonly<Record<NodeKind, MarkStyle>> = {
  baseline: "filled",
  confirmed: "filled",
  improved: "ringed",
  no_gain: "ringed",
  worse: "ringed",
  failed: "stroked",
  violation: "stroked",
  given_up: "stroked",
  lost: "stroked",
  running: "ringed",
};

/** A kind's shape as the `d` of an SVG path around (x, y). The shapes differ without any colour. */
export function markPath(kind: NodeKind, x: number, y: number, radius: number): string {
  const r = radius;
  switch (kind) {
    case "baseline":
      return `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`;
    case "confirmed":
    case "improved":
    case "running":
      return circle(x, y, r);
    case "no_gain":
      return circle(x, y, round(r * 0.7));
    case "worse": {
      const h = round(r * 0.8);
      return `M${x - r} ${round(y - h)}h${2 * r}L${x} ${round(y + h)}z`;
    }
    case "failed": {
      const h = round(r * 0.75);
      return cross(x, y, h);
    }
    case "violation": {
      const h = round(r * 0.9);
      return `M${round(x - h)} ${round(y - h)}h${2 * h}v${2 * h}h${-2 * h}z${cross(x, y, h)}`;
    }
    case "given_up":
      return `M${x - r} ${y}h${2 * r}`;
    case "lost":
      return `M${x - r} ${y}h${round(r * 0.6)}m${round(r * 0.8)} 0h${round(r * 0.6)}`;
  }
}

function circle(x: number, y: number, r: number): string {
  return `M${round(x - r)} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
}

function cross(x: number, y: number, h: number): string {
  return `M${round(x - h)} ${round(y - h)}l${2 * h} ${2 * h}m0 ${-2 * h}l${-2 * h} ${2 * h}`;
}

/** Two decimals are a hundredth of a pixel. That is enough, and a path of a thousand nodes stays short. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
