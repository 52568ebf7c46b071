import { type RunState, runStateOf } from "../../core/events/run-state.ts";
import { lostLinesText } from "../../core/text/json.ts";
import { lineageOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { EVENTS_FILE, type StoredRun } from "../../store/stored-run.ts";
import { type PairSet, pairSetsOf } from "../pair-view.ts";
import { projectNameOf, type RunView, runViewOf } from "../run-view.ts";
import { type CutText, headOf } from "../text-view.ts";
import { outcomeOf, type RunOutcome } from "./outcome.ts";
import { type Provenance, provenanceOf } from "./provenance.ts";

/** All that a report says about a run. The HTML file and the Markdown are made of it alone. */
export interface RunReport {
  readonly project: string;
  readonly view: RunView;
  readonly state: RunState;
  /** A sentence for each file with lines that cannot be read. */
  readonly lost: readonly string[];
  readonly outcome: RunOutcome;
  /** From the baseline to the champion; empty without one. */
  readonly lineage: readonly LineageStep[];
  /** The champion against the baseline; `null` where the champion is the baseline, or there is none. */
  readonly patch: CutText | null;
  readonly origin: Provenance;
}

export interface LineageStep {
  readonly node: ExperimentNode;
  /** The pairs that its verdict and the run's result rest on. */
  readonly pairs: readonly PairSet[];
  /** Of its runs.jsonl. */
  readonly lostLines: number;
}

export interface ReportSource {
  readonly stored: StoredRun;
  /** Whether a loopty works on the run now. */
  readonly live: boolean;
  /** Returns the patch from the first node to the second. */
  readonly patchOf: (from: ExperimentNode, to: ExperimentNode) => Promise<Buffer>;
}

/** A report is read, not searched. What is longer is replaced by the command that shows it. */
const MOST_PATCH_BYTES = 512 * 1024;
const DECISIVE: readonly PairSet["purpose"][] = ["judge", "confirm", "result"];

export async function reportOf({ stored, live, patchOf }: ReportSource): Promise<RunReport> {
  const { record, nodes } = stored;
  const view = runViewOf(stored);
  const { champion } = view.head;
  const lineage = (champion === null ? [] : lineageOf(champion)).flatMap((id) => {
    const node = stored.node(id);
    return node === null ? [] : [node];
  });
  const steps: LineageStep[] = [];
  for (const node of lineage) steps.push({ node, ...(await pairsOf(stored, node)) });
  const { entries: milestones, lostLines } = await stored.milestones();
  return {
    project: projectNameOf(record),
    view,
    state: runStateOf(milestones, nodes, live),
    lost: [
      ...(lostLines === 0 ? [] : [lostLinesText(lostLines, EVENTS_FILE)]),
      ...steps
        .filter((step) => step.lostLines > 0)
        .map((step) => lostLinesText(step.lostLines, `${step.node.id}'s runs.jsonl`)),
    ],
    outcome: outcomeOf(view),
    lineage: steps,
    patch: await wholePatch(lineage, patchOf),
    origin: provenanceOf(record),
  };
}

async function pairsOf(
  { record, readNodeFile }: StoredRun,
  { id }: ExperimentNode,
): Promise<Omit<LineageStep, "node">> {
  const lines = await readNodeFile(id, "runs.jsonl");
  const { entries, lostLines } = pairSetsOf(lines?.toString("utf8") ?? "", metricsOf(record));
  return { pairs: entries.filter(({ purpose }) => DECISIVE.includes(purpose)), lostLines };
}

async function wholePatch(
  lineage: readonly ExperimentNode[],
  patchOf: ReportSource["patchOf"],
): Promise<CutText | null> {
  const [root, champion] = [lineage[0], lineage.at(-1)];
  if (root === undefined || champion === undefined || root === champion) return null;
  if (root.commit === null || champion.commit === null) return null;
  return headOf(await patchOf(root, champion), MOST_PATCH_BYTES);
}
