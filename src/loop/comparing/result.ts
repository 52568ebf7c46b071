import { doubtOf } from "../../core/search/result-doubt.ts";
import { championOf } from "../../core/search/selection.ts";
import type { Comparison, ExperimentNode } from "../../core/tree/node.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { preferenceOfRun } from "../../store/run-record.ts";
import { onMachine } from "../run/on-machine.ts";
import type { Run } from "../run/run.ts";
import { confirmGain, withdrawGain } from "./confirmation.ts";
import { keepResult, measureElsewhere } from "./elsewhere.ts";
import { compareNodes } from "./node-comparison.ts";
import { RESULT_PAIRS } from "./rules.ts";

/** The only number that may be called the result of a run. */
export interface Result {
  readonly champion: ExperimentNode;
  readonly comparison: Comparison;
}

/**
 * Measures the champion against the root afresh, from clean rebuilds of both. A gain that was not confirmed yet is
 * confirmed first, and another node may be the champion then. Returns `null` when nothing was better than the root. The
 * measurement is kept, so that a resumed run does not repeat it.
 */
export async function measureResult(run: Run, signal: AbortSignal): Promise<Result | null> {
  const root = run.records.store.nodes[0];
  for (;;) {
    const champion = championOf(run.records.store.nodes, preferenceOfRun(run.records.store.record));
    if (root === undefined || champion === null || champion.id === root.id) return null;
    const wish = { kind: "on", machine: champion.machine } as const;
    if (champion.verdict === "improved") {
      await onMachine(run, wish, signal, (here, within) => confirmGain(here, champion, within));
      continue;
    }
    const { result } = run.records.store.record;
    if (result?.champion === champion.id) return { champion, comparison: result.comparison };
    const { compared, lab } = await onMachine(run, wish, signal, async (here, within) => ({
      compared: await compareNodes(here, root, champion, "result", RESULT_PAIRS, within),
      lab: here.lab,
    }));
    if (compared.kind === "failed") {
      if (compared.node === root.id) return null;
      // Code may wait for this. What it keeps back must cost its own node, not the run's result.
      const reason = `a clean rebuild of it gives no result: ${compared.reason}`;
      await withdrawGain(run, champion, { reason, metrics: [] });
      continue;
    }
    const { record } = run.records.store;
    const doubt = doubtOf(champion, compared, preferenceOfRun(record), metricsOf(record));
    if (doubt !== null) {
      await withdrawGain(run, champion, doubt);
      continue;
    }
    const { comparison } = compared;
    await run.records.store.setFindings({ result: { champion: champion.id, comparison } });
    if (run.labs.isPool) {
      await keepResult(run, lab, champion, comparison);
      await measureElsewhere(run, root, champion, lab.machine, signal);
    }
    return { champion, comparison };
  }
}
