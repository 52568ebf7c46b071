import type { Purpose } from "../../core/events/event.ts";
import { busyMachineText, withDisturbed } from "../../core/judging/busy-machine.ts";
import { compare } from "../../core/judging/comparison.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";
import type { PairsOutcome } from "../../measure/pairs.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { emit, type Run } from "../run/run.ts";

const WHAT_TO_DO =
  "end other work there, give the benchmark cpus of its own (sandbox.measure_cpus), or let cpu_ms decide (metrics.select)";

/** Warns of a calibration that was disturbed, and of the first comparison of the run that was. */
export async function warnOfBusyMachine(
  run: Run,
  { purpose, child }: { readonly purpose: Purpose; readonly child: BuiltNode },
  { pairs, counted }: Extract<PairsOutcome, { kind: "judged" }>,
): Promise<void> {
  const { store } = run.records;
  const { metrics } = measuredBaseline(store.record);
  const busy = busyMachineText(withDisturbed(compare(metrics, pairs, child.id), counted));
  if (busy === null) return;
  const isTold = store.nodes.some(({ comparison }) => busyMachineText(comparison) !== null);
  if (isTold && purpose !== "calibrate") return;
  const why = counted.findLast(({ contamination }) => contamination !== null)?.contamination ?? "";
  const message = `verdicts are reached ${busy} (${why}); ${WHAT_TO_DO}`;
  await emit(run, { type: "warning", id: child.id, message });
}
