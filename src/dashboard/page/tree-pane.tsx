import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Metric } from "../../core/metrics/metric.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { Legend } from "../picture/legend.tsx";
import { layoutTree } from "../picture/tree-layout.ts";
import { TreePicture } from "../picture/tree-picture.tsx";
import { dragToScroll } from "./drag.ts";
import { lineageIn } from "./lineage.ts";
import { NodeLine } from "./node-line.tsx";
import { isRunning, type PageRun } from "./page-run.ts";
import { measuredWidth } from "./text-width.ts";
import { markOf, useTreeEvents } from "./tree-events.ts";
import { useTreeView } from "./tree-view.ts";

export interface PaneProps {
  readonly state: PageRun;
  readonly metric: Metric | null;
  readonly selected: NodeId | null;
  readonly onOpen: (id: NodeId) => void;
}

/** Below this zoom labels are specks that only cost time. */
const LABEL_ZOOM = 0.5;
/** The tree in a pane that scrolls. The browser scrolls it, so it stays smooth and nobody has to learn anything. */
export function TreePane({ state, metric, selected, onOpen }: PaneProps) {
  const { nodes, head } = state;
  const live = isRunning(state);
  const champion = head?.champion ?? null;
  const widthOf = useMemo(measuredWidth, []);
  const layout = useMemo(() => layoutTree(nodes, live, widthOf), [nodes, live, widthOf]);
  const lineage = useMemo(() => lineageIn(state.byId, champion), [state.byId, champion]);
  const [focus, setFocus] = useState<NodeId | null>(null);
  const [hover, setHover] = useState<NodeId | null>(null);
  const pane = useRef<HTMLDivElement>(null);
  const anchor = selected ?? champion ?? nodes[0]?.id ?? null;
  const focusable = focus ?? anchor;
  const { zoom, zoomTo, fit } = useTreeView(pane, layout, anchor);
  useTreeEvents(pane, { layout, onOpen, onFocus: setFocus, onHover: setHover });
  useEffect(() => (pane.current === null ? undefined : dragToScroll(pane.current)), []);
  useEffect(() => {
    if (selected !== null) {
      markOf(pane.current, selected)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }, [selected]);

  // Pointing at a node must not draw all the others again.
  const picture = useMemo(
    () => <TreePicture {...{ layout, lineage, champion, metric, selected, focusable }} />,
    [layout, lineage, champion, metric, selected, focusable],
  );
  const told = hover ?? focus ?? anchor;
  const node = told === null ? undefined : state.byId.get(told);
  return (
    <section
      class="pane tree-pane"
      aria-label="tree of experiments"
      style={{ "--tree-height": `${layout.height}px` }}
    >
      <div class="bar">
        <Legend nodes={nodes} live={live} />
        <div class="zoom">
          <button type="button" onClick={() => zoomTo(zoom / 1.3)} aria-label="zoom out">
            −
          </button>
          <button type="button" onClick={() => zoomTo(zoom * 1.3)} aria-label="zoom in">
            +
          </button>
          <button type="button" onClick={fit}>
            fit
          </button>
        </div>
      </div>
      <div class="scroll" ref={pane} role="tree" aria-label="experiments">
        <svg
          class={zoom < LABEL_ZOOM ? "tree far" : "tree"}
          width={Math.round(layout.width * zoom)}
          height={Math.round(layout.height * zoom)}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="presentation"
          style={{ "--grow": grownAt(zoom) }}
        >
          {picture}
        </svg>
      </div>
      <NodeLine node={node} state={state} metric={metric} />
    </section>
  );
}

/**
 * From afar marks are drawn larger, or only the lines of a large tree would be seen. They grow in steps, as each step
 * makes the browser style all of them anew.
 */
function grownAt(zoom: number): number {
  if (zoom >= LABEL_ZOOM) return 1;
  return zoom < 0.25 ? 2.6 : 1.5;
}
