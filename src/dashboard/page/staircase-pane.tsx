import { useMemo, useRef, useState } from "preact/hooks";
import { gainBetween } from "../../core/metrics/gain.ts";
import { gainText } from "../../core/metrics/gain-text.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { staircaseOf } from "../picture/staircase.ts";
import { pointAt, StaircasePicture, staircaseFrame } from "../picture/staircase-picture.tsx";
import { NodeLine } from "./node-line.tsx";
import { isRunning } from "./page-run.ts";
import { useSize } from "./size.ts";
import type { PaneProps } from "./tree-pane.tsx";

/** A pointer this near to a point, in pixels, means the point. */
const NEAR = 18;

export function StaircasePane({ state, metric, selected, onOpen }: PaneProps) {
  const { nodes } = state;
  const live = isRunning(state);
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const [hover, setHover] = useState<NodeId | null>(null);
  const staircase = useMemo(() => staircaseOf(nodes, metric, live), [nodes, metric, live]);
  const frame = useMemo(() => staircaseFrame(staircase, width, height), [staircase, width, height]);
  const picture = useMemo(
    () => <StaircasePicture staircase={staircase} frame={frame} selected={hover ?? selected} />,
    [staircase, frame, hover, selected],
  );
  const svg = useRef<SVGSVGElement>(null);
  const nearest = ({ clientX, clientY }: MouseEvent): NodeId | null => {
    const { left = 0, top = 0 } = svg.current?.getBoundingClientRect() ?? {};
    let best: { id: NodeId; distance: number } | null = null;
    for (const point of staircase.points) {
      const { x, y } = pointAt(frame, point);
      const distance = Math.hypot(clientX - left - x, clientY - top - y);
      if (distance < (best?.distance ?? NEAR)) best = { id: point.id, distance };
    }
    return best?.id ?? null;
  };
  const [, ...gained] = staircase.steps;
  const best = gained.at(-1);
  // Counted as the budget does: neither the baseline nor lost nodes count.
  const counted = staircase.points.filter(({ kind }) => kind !== "baseline" && kind !== "lost");
  const summary =
    `${metric === null ? "gain" : printable(metric.name)} over the baseline, ` +
    `${formatCounted(counted.length, "experiment")}, best ${metric === null || best === undefined ? "none yet" : gainText(metric, gainBetween(metric.scale?.kind ?? "ratio", best.logGain))}`;
  const node = hover === null ? undefined : state.byId.get(hover);
  return (
    <section class="pane staircase-pane" aria-label="best so far">
      <div class="bar">
        <h2>{summary}</h2>
        {node !== undefined && <NodeLine node={node} state={state} metric={metric} />}
      </div>
      <div class="staircase" ref={box}>
        {width > 0 && (
          <svg
            ref={svg}
            width={width}
            height={height}
            role="img"
            aria-label={summary}
            class={hover === null ? "" : "pointing"}
            onPointerMove={(event) => setHover(nearest(event))}
            onPointerLeave={() => setHover(null)}
            onPointerUp={(event) => {
              const id = nearest(event);
              if (id !== null) onOpen(id);
            }}
          >
            {picture}
          </svg>
        )}
      </div>
    </section>
  );
}
