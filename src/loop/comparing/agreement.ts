import { runsToAgree } from "../../core/judging/calibration.ts";
import { agreeInEveryRow } from "../../core/metrics/row-rule.ts";
import type { MetricsTable } from "../../core/metrics/table.ts";
import type { BenchmarkRun } from "../../measure/benchmark.ts";
import type { BuiltNode } from "../../measure/pair-run.ts";

type RunTables = readonly [MetricsTable, ...MetricsTable[]];

/** The baseline's build, the runs of it that there are, and how to make one more. */
export interface MeasuredRoot extends BuiltNode {
  readonly tables: RunTables;
  readonly runOnce: () => Promise<BenchmarkRun>;
}

export type Agreement =
  | { readonly kind: "agree"; readonly tables: RunTables }
  | { readonly kind: "differ" }
  /** The benchmark does not always work. */
  | { readonly kind: "failed"; readonly reason: string };

/** Runs the baseline until enough runs agree in every row, or two do not. */
export async function runsThatAgree({ tables, runOnce }: MeasuredRoot): Promise<Agreement> {
  const enough = runsToAgree(tables[0]);
  if (enough === null) return { kind: "differ" };
  const agreeing: [MetricsTable, ...MetricsTable[]] = [...tables];
  while (agreeInEveryRow(agreeing)) {
    if (agreeing.length >= enough) return { kind: "agree", tables: agreeing };
    const run = await runOnce();
    if (run.kind === "failed") return run;
    agreeing.push(run.table);
  }
  return { kind: "differ" };
}
