import { z } from "zod";
import { isSameJson } from "../core/text/json.ts";
import type { Comparison } from "../core/tree/node.ts";
import { resultSchema } from "../core/tree/result.ts";
import { type BaselineRecord, baselineRecordSchema, measuredBaseline } from "./baseline-record.ts";

/** A machine of a run that has several. */
export const machineRecordSchema = z.strictObject({
  /** What its engine answers about itself. */
  environment: z.record(z.string(), z.unknown()),
  cpuModel: z.string(),
  /** Below 0 where its clock is behind the harness's; `null` where it shows none. */
  clockAheadMs: z.number().nullable(),
  /** What the baseline showed there; `null` until it was measured, and for the machine of `baseline` itself. */
  measured: baselineRecordSchema
    .pick({ rowRule: true, benchmarkMs: true, calibration: true })
    .nullable(),
  /** The champion against the root there; `null` until then. */
  result: resultSchema.nullable(),
});
export type MachineRecord = z.infer<typeof machineRecordSchema>;

interface WithMachines {
  readonly baseline: BaselineRecord | null;
  readonly machines: Readonly<Record<string, MachineRecord>>;
}

/**
 * The baseline as one machine shows it: noise is a machine's own, and what the metrics are is the run's. For code that runs after the machine
 * was calibrated: one that was not is a bug there.
 */
export function baselineOn(record: WithMachines, machine: string): BaselineRecord {
  const baseline = measuredBaseline(record);
  if (machine === baseline.machine) return baseline;
  const measured = record.machines[machine]?.measured ?? null;
  if (measured === null) throw new Error(`the baseline was not measured on ${machine}`);
  return { ...baseline, ...measured, machine };
}

/** The findings that keep a baseline as one machine shows it. */
export function findingsOn(record: WithMachines, { machine, ...shown }: BaselineRecord) {
  if (machine === (record.baseline?.machine ?? machine)) {
    return { baseline: { machine, ...shown } };
  }
  const known = record.machines[machine];
  if (known === undefined) throw new Error(`the run has no machine ${machine}`);
  const { rowRule, benchmarkMs, calibration } = shown;
  const measured = { rowRule, benchmarkMs, calibration };
  return { machines: { ...record.machines, [machine]: { ...known, measured } } };
}

/** What a run's champion showed on one more machine. */
export interface ResultElsewhere {
  readonly machine: string;
  readonly cpuModel: string;
  readonly comparison: Comparison;
}

/** The results of a run's champion on other machines than the one of its result. */
export function resultsElsewhere({
  result,
  machines,
}: Pick<WithMachines, "machines"> & Pick<MachineRecord, "result">): readonly ResultElsewhere[] {
  return Object.entries(machines).flatMap(([machine, { cpuModel, result: there }]) => {
    if (result === null || there === null || there.champion !== result.champion) return [];
    if (isSameJson(there.comparison, result.comparison)) return [];
    return [{ machine, cpuModel, comparison: there.comparison }];
  });
}
