import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { Legend } from "../picture/legend.tsx";
import type { TreeLayout } from "../picture/placed.ts";
import { staircaseOf } from "../picture/staircase.ts";
import { StaircasePicture, staircaseFrame } from "../picture/staircase-picture.tsx";
import { layoutTree } from "../picture/tree-layout.ts";
import { TreePicture } from "../picture/tree-picture.tsx";
import type { RunReport } from "./report.ts";
import { shownMetric } from "./shown-metric.ts";

const WIDTH = 960;
const STAIRCASE_HEIGHT = 260;

/** The tree and the staircase of a run, as on the page. */
export function RunPictures({ report }: { readonly report: RunReport }) {
  const { nodes } = report.view;
  if (nodes.length === 0) return null;
  const live = report.state.kind === "running";
  return (
    <section>
      <h2>The tree</h2>
      <Legend nodes={nodes} live={live} />
      <div class="scroll" role="tree" aria-label={`tree of ${formatCounted(nodes.length, "node")}`}>
        <TreeDrawing report={report} />
      </div>
      <h2>{staircaseTitle(report)}</h2>
      <div class="scroll">
        <StaircaseDrawing report={report} width={WIDTH} height={STAIRCASE_HEIGHT} />
      </div>
    </section>
  );
}

export function staircaseTitle(report: RunReport): string {
  const metric = shownMetric(report);
  const name = metric === null ? "Gain" : `Gain of ${printable(metric.name, 60)}`;
  return `${name} over the baseline, by experiment`;
}

function TreeDrawing({ report }: { readonly report: RunReport }) {
  const layout = treeLayoutOf(report);
  return (
    <svg
      class="tree"
      width={layout.width}
      height={layout.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="presentation"
    >
      <TreeMarks report={report} layout={layout} />
    </svg>
  );
}

export function treeLayoutOf({ view, state }: RunReport): TreeLayout {
  return layoutTree(view.nodes, state.kind === "running");
}

export interface TreeMarksProps {
  readonly report: RunReport;
  readonly layout: TreeLayout;
}

/** The tree with the champion's lineage, as the content of an `<svg>`. */
export function TreeMarks({ report, layout }: TreeMarksProps) {
  const lineage = new Set<NodeId>(report.lineage.map(({ node }) => node.id));
  return (
    <TreePicture
      layout={layout}
      lineage={lineage}
      champion={report.view.head.champion}
      metric={shownMetric(report)}
    />
  );
}

export interface StaircaseDrawingProps {
  readonly report: RunReport;
  readonly width: number;
  readonly height: number;
}

function StaircaseDrawing(props: StaircaseDrawingProps) {
  const { width, height } = props;
  return (
    <svg
      class="staircase"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={staircaseTitle(props.report)}
    >
      <StaircaseMarks {...props} />
    </svg>
  );
}

export function StaircaseMarks({ report, width, height }: StaircaseDrawingProps) {
  const live = report.state.kind === "running";
  const staircase = staircaseOf(report.view.nodes, shownMetric(report), live);
  return (
    <StaircasePicture staircase={staircase} frame={staircaseFrame(staircase, width, height)} />
  );
}
