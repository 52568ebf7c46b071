import { gainText, shortGainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { logOf, stepOn } from "./gain.ts";
import { shortId, TURN } from "./leaf-label.ts";
import { MARK_STYLES, markPath } from "./mark.ts";
import { isStep, KIND_TEXT } from "./node-kind.ts";
import type { Edge, PlacedNode, TreeLayout } from "./placed.ts";

export interface TreePictureProps {
  readonly layout: TreeLayout;
  /** The champion and all above it, drawn strong. */
  readonly lineage: ReadonlySet<NodeId>;
  readonly champion: NodeId | null;
  /** The metric whose gains are shown. */
  readonly metric: Metric | null;
  readonly selected?: NodeId | null;
  /** The one node that Tab reaches. Arrow keys move on from there. */
  readonly focusable?: NodeId | null;
}

const SMALLEST = 4;
const LARGEST = 8;
const PACKED = 4;

/** A run's tree as the content of an `<svg>`. Nothing in it needs a browser, and the report draws the same. */
export function TreePicture(props: TreePictureProps) {
  const { layout, lineage, champion, metric, selected = null, focusable = null } = props;
  const strong = layout.edges.filter(({ to }) => lineage.has(to.node.id));
  const weak = layout.edges.filter(({ to }) => !lineage.has(to.node.id));
  const largest = largestStep(layout.nodes, metric);
  return (
    <g>
      <path class="edge" d={weak.map(edgePath).join("") || undefined} />
      <path class="edge edge-lineage" d={strong.map(edgePath).join("") || undefined} />
      <g>
        {layout.nodes.map((placed) => (
          <NodeMark
            key={placed.node.id}
            placed={placed}
            radius={radiusOf(placed, metric, largest)}
            gain={shownGain(placed, metric)}
            isChampion={placed.node.id === champion}
            inLineage={lineage.has(placed.node.id)}
            isSelected={placed.node.id === selected}
            isFocusable={placed.node.id === focusable}
          />
        ))}
      </g>
    </g>
  );
}

interface NodeMarkProps {
  readonly placed: PlacedNode;
  readonly radius: number;
  readonly gain: { readonly short: string; readonly whole: string } | null;
  readonly isChampion: boolean;
  readonly inLineage: boolean;
  readonly isSelected: boolean;
  readonly isFocusable: boolean;
}

function NodeMark({ placed, radius, gain, ...is }: NodeMarkProps) {
  const { node, kind, x, y, level, words } = placed;
  const classes = ["node", `kind-${kind}`];
  if (is.inLineage) classes.push("lineage");
  if (is.isSelected) classes.push("selected");
  const name = [node.id, KIND_TEXT[kind], gain?.whole ?? "", is.isChampion ? "champion" : ""];
  return (
    <g
      class={classes.join(" ")}
      data-id={node.id}
      role="treeitem"
      aria-level={level}
      aria-selected={is.isSelected}
      aria-label={name.filter((part) => part !== "").join(", ")}
      tabindex={is.isFocusable ? 0 : -1}
      transform={`translate(${x} ${y})`}
    >
      <circle class="halo" r={radius + 5} />
      {is.isChampion && <circle class="champion-ring" r={radius + 3.5} />}
      <path class={`mark ${MARK_STYLES[kind]}`} d={markPath(kind, 0, 0, radius)} />
      {kind === "running" && <circle class="orbit" r={radius + 3} />}
      {!placed.packed && (
        <text class="label" x={radius + 6} y={placed.isLeaf ? 4 : -5}>
          {shortId(node.id)}
          {gain !== null && (
            <tspan class="gain" dx={5}>
              {gain.short}
            </tspan>
          )}
          {words !== "" && (
            <tspan class="words" dx={7}>
              {words}
            </tspan>
          )}
        </text>
      )}
    </g>
  );
}

/** The line has right angles. The id stands on it, and the eye follows it as in a git log. */
function edgePath({ from, to }: Edge): string {
  const turn = to.x - TURN;
  if (to.packed) return `M${from.x} ${from.y}H${turn}V${to.y}H${to.x - PACKED - 4}`;
  return `M${from.x} ${from.y}H${turn}V${to.y}H${to.x}`;
}

/** The mark says already which way a factor goes; whoever cannot see it is told. */
function shownGain({ node, kind }: PlacedNode, metric: Metric | null): NodeMarkProps["gain"] {
  const step = metric === null || !isShown(kind) ? null : stepOn(node, metric);
  if (metric === null || step === null) return null;
  return { short: shortGainText(metric, step.gain), whole: gainText(metric, step.gain) };
}

function isShown(kind: PlacedNode["kind"]): boolean {
  return isStep(kind) || kind === "worse" || kind === "no_gain";
}

function largestStep(nodes: readonly PlacedNode[], metric: Metric | null): number {
  if (metric === null) return 0;
  return nodes.reduce(
    (most, { node, kind }) =>
      isStep(kind) ? Math.max(most, logOf(metric, stepOn(node, metric)?.gain ?? 0)) : most,
    0,
  );
}

/** The area grows with the gain over the parent. */
function radiusOf({ node, kind, packed }: PlacedNode, metric: Metric | null, largest: number) {
  if (packed) return PACKED;
  if (kind === "baseline") return 6;
  if (!isStep(kind) || metric === null || largest <= 0) return SMALLEST + 1;
  const gain = Math.max(0, logOf(metric, stepOn(node, metric)?.gain ?? 0));
  return Math.round(10 * (SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(gain / largest))) / 10;
}
