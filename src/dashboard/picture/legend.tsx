import type { ExperimentNode } from "../../core/tree/node.ts";
import { MARK_STYLES, markPath } from "./mark.ts";
import { KIND_TEXT, kindOf, NODE_KINDS, type NodeKind } from "./node-kind.ts";

export interface LegendProps {
  readonly nodes: readonly ExperimentNode[];
  readonly live: boolean;
}

/** What the marks mean, with how many there are. Kinds without a node are left out. */
export function Legend({ nodes, live }: LegendProps) {
  const counts = new Map<NodeKind, number>();
  for (const node of nodes) {
    const kind = kindOf(node, live);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return (
    <ul class="legend" aria-label="legend">
      {NODE_KINDS.filter((kind) => counts.has(kind)).map((kind) => (
        <li key={kind}>
          <KindMark kind={kind} />
          {kind === "improved" ? "improved" : KIND_TEXT[kind]}
          {kind !== "baseline" && <span class="count">{counts.get(kind)}</span>}
        </li>
      ))}
    </ul>
  );
}

export function KindMark({ kind }: { readonly kind: NodeKind }) {
  return (
    <svg
      class={`kind-mark kind-${kind}`}
      width="14"
      height="14"
      viewBox="-7 -7 14 14"
      aria-hidden="true"
    >
      <path class={`mark ${MARK_STYLES[kind]}`} d={markPath(kind, 0, 0, 4.5)} />
    </svg>
  );
}
