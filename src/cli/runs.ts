import { z } from "zod";
import { columnsOf, padColumns } from "../core/columns.ts";
import type { NodeId } from "../core/id.ts";
import { printable } from "../core/printable.ts";
import { championOf } from "../core/selection.ts";
import type { RunRecord } from "../store/run-record.ts";
import type { StoredRun } from "../store/stored-run.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { printJson, printLines } from "./output.ts";
import { gainTexts } from "./result-text.ts";
import { type ProjectOptions, requireProject } from "./stored-project.ts";
import type { World } from "./world.ts";

export interface RunsOptions extends ProjectOptions {
  readonly json?: boolean;
}

interface RunSummary {
  readonly run: number;
  readonly createdAt: string;
  readonly agent: string;
  readonly nodes: number;
  readonly champion: NodeId | null;
  readonly result: RunRecord["result"];
}

/** Lists the runs of a project. */
export async function runs(world: World, options: RunsOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const summaries: RunSummary[] = [];
  for (const number of await project.runs()) {
    summaries.push(summaryOf(await project.openRun(number)));
  }
  if (options.json) printJson(world.stdout, summaries);
  else printLines(world.stdout, tableOf(summaries));
  return EXIT.done;
}

// A record keeps its config as it was written, perhaps by another version.
const withAgent = z.looseObject({ agent: z.looseObject({ kind: z.string() }) });

function summaryOf({ record, nodes }: StoredRun): RunSummary {
  const { run, createdAt, config, result } = record;
  return {
    run,
    createdAt,
    agent: withAgent.safeParse(config).data?.agent.kind ?? "unknown",
    nodes: nodes.length,
    champion: championOf(nodes, record.metrics ?? [])?.id ?? null,
    result,
  };
}

function tableOf(summaries: readonly RunSummary[]): string[] {
  const rows = [
    ["run", "started", "agent", "nodes", "champion", "result"],
    ...summaries.map(({ run, createdAt, agent, nodes, champion, result }) => [
      String(run),
      `${createdAt.slice(0, 19)}Z`,
      printable(agent),
      String(nodes),
      champion ?? "none",
      result === null ? "not measured" : (gainTexts(result.comparison)[0] ?? ""),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, k) =>
    rows.reduce((width, row) => Math.max(width, columnsOf(row[k] ?? "")), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, k) => padColumns(cell, widths[k] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
