import { messageOf } from "../../core/error.ts";
import { formatCounted } from "../../core/text/number.ts";
import type { Comparison, ExperimentNode, MetricComparison } from "../../core/tree/node.ts";
import type { Lab } from "../run/lab.ts";
import { emit, type Run } from "../run/run.ts";
import { compareNodes } from "./node-comparison.ts";
import { RESULT_PAIRS } from "./rules.ts";

/**
 * Measures a champion again on one machine of every other processor that is there, as what pays on one may not pay on another. A gain that
 * is gone there is a warning. No result depends on it, so a machine that fails costs its own measurement alone.
 */
export async function measureElsewhere(
  run: Run,
  root: ExperimentNode,
  champion: ExperimentNode,
  measuredOn: string,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set([cpuModelOf(run, measuredOn)]);
  for (const lab of run.labs.here) {
    const model = cpuModelOf(run, lab.machine);
    if (model === null || seen.has(model)) continue;
    seen.add(model);
    try {
      using place = await run.labs.place({ kind: "on", machine: lab.machine }, signal);
      // It went meanwhile, and the place is on another.
      if (place.lab.machine !== lab.machine) continue;
      const here = { ...run, lab: place.lab };
      const compared = await place.during(signal, (within) =>
        compareNodes(here, root, champion, "result", RESULT_PAIRS, within),
      );
      if (compared.kind === "failed") continue;
      await keepResult(run, lab, champion, compared.comparison);
      const [first] = compared.comparison.metrics;
      if (first !== undefined && !isBetter(first)) {
        const pairs = formatCounted(compared.comparison.pairs, "pair");
        const message = `the gain of ${champion.id} in ${first.name} does not show on ${lab.machine} (${model}, ${pairs})`;
        await emit(run, { type: "warning", id: champion.id, message });
      }
    } catch (error) {
      signal.throwIfAborted();
      const message = `${champion.id} was not measured on ${lab.machine}: ${messageOf(error)}`;
      await emit(run, { type: "warning", id: champion.id, message });
    }
  }
}

/** Keeps what one machine showed of a champion. */
export async function keepResult(
  run: Run,
  { machine }: Pick<Lab, "machine">,
  champion: ExperimentNode,
  comparison: Comparison,
): Promise<void> {
  const { store } = run.records;
  const result = { champion: champion.id, comparison };
  await store.setFindings(({ machines }) => {
    const known = machines[machine];
    return known === undefined
      ? {}
      : { machines: { ...machines, [machine]: { ...known, result } } };
  });
}

function cpuModelOf({ records: { store } }: Run, machine: string): string | null {
  return store.record.machines[machine]?.cpuModel ?? null;
}

function isBetter({ gainLow }: MetricComparison): boolean {
  return gainLow > 0;
}
