import { useEffect, useRef, useState } from "preact/hooks";
import type { Metric } from "../../core/metrics/metric.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { showsMachines } from "../../core/views/machine.ts";
import { KindMark } from "../picture/legend.tsx";
import { kindOf, verdictText } from "../picture/node-kind.ts";
import { DiffTab } from "./diff-tab.tsx";
import { LogsTab } from "./logs-tab.tsx";
import { MeasuredTab } from "./measured-tab.tsx";
import { isRunning, type PageRun } from "./page-run.ts";
import { nodeHash } from "./route.ts";
import { SummaryTab } from "./summary-tab.tsx";
import { Tabs } from "./tabs.tsx";
import { TranscriptTab } from "./transcript-tab.tsx";
import { useNodeView } from "./use-node-view.ts";

export interface NodePanelProps {
  readonly id: NodeId;
  readonly state: PageRun;
  readonly metric: Metric | null;
  readonly onClose: () => void;
}

const TABS = ["summary", "diff", "measured", "logs", "transcript"] as const;
type Tab = (typeof TABS)[number];

/** Everything about one node. */
export function NodePanel({ id, state, metric, onClose }: NodePanelProps) {
  const [tab, setTab] = useState<Tab>("summary");
  const panel = useRef<HTMLElement>(null);
  const node = state.byId.get(id);
  const activity = state.activities.get(id);
  const { view, problem } = useNodeView(id, node, activity?.step ?? "");
  useEffect(() => {
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (key === "Escape") onClose();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [onClose]);
  const metrics = state.head?.metrics ?? [];
  const live = isRunning(state);
  return (
    <aside class="panel" ref={panel} aria-label={`node ${id}`}>
      <div class="panel-head">
        {node !== undefined && <KindMark kind={kindOf(node, live)} />}
        <h2>{id}</h2>
        {node !== undefined && (
          <span class="verdict">
            {activity !== undefined && live && node.phase !== "finished"
              ? activity.step
              : verdictText(node, live)}
          </span>
        )}
        {node?.parent != null && (
          <a class="parent" href={nodeHash(node.parent)}>
            from {node.parent}
          </a>
        )}
        <button type="button" class="close" onClick={onClose} aria-label="close">
          ×
        </button>
      </div>
      {node === undefined ? (
        <p class="note">there is no node {id} in this run</p>
      ) : (
        <Tabs names={TABS} current={tab} onChoose={setTab}>
          {problem !== null && <p class="note bad">{problem}</p>}
          {tab === "summary" && (
            <SummaryTab
              {...{ node, metrics, champion: state.head?.champion ?? null }}
              showsMachine={showsMachines([...state.byId.values()])}
            />
          )}
          {tab === "diff" && <DiffTab diff={view?.diff ?? null} node={node} />}
          {tab === "measured" && (
            <MeasuredTab {...{ node, metrics, metric, view, activity: activity ?? null }} />
          )}
          {tab === "logs" && <LogsTab logs={view?.logs ?? null} />}
          {tab === "transcript" && <TranscriptTab turns={view?.transcript ?? null} />}
        </Tabs>
      )}
    </aside>
  );
}
