import { readPairRecords } from "../../core/judging/pair.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type ProjectOptions, parseRun, requireProject } from "../project/stored-project.ts";
import { printBytes, tellLostLines } from "../terminal/output.ts";
import type { World } from "../world.ts";
import { nodesCsv } from "./nodes-csv.ts";
import { type PairsOfNode, pairsCsv } from "./pairs-csv.ts";

export interface ExportCsvOptions extends ProjectOptions {
  /** A run's number, which is the id of its baseline; all runs when left out. */
  readonly id?: string;
  /** One row for every node, or for every pair that was measured. */
  readonly csv: "nodes" | "pairs";
}

/** Prints a table for people's own plots. */
export async function exportCsv(world: World, options: ExportCsvOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const numbers = options.id === undefined ? await project.runs() : [parseRun(options.id)];
  const runs: StoredRun[] = [];
  for (const number of numbers) runs.push(await project.openRun(number));
  const text = options.csv === "nodes" ? nodesCsv(runs) : pairsCsv(await pairsOf(world, runs));
  printBytes(world.stdout, Buffer.from(text));
  return EXIT.done;
}

async function pairsOf({ stderr }: World, runs: readonly StoredRun[]): Promise<PairsOfNode[]> {
  const found: PairsOfNode[] = [];
  for (const { record, nodes, readNodeFile } of runs) {
    for (const { id } of nodes) {
      const lines = await readNodeFile(id, "runs.jsonl");
      if (lines === null) continue;
      const { records: pairs, lostLines } = readPairRecords(lines.toString("utf8"));
      tellLostLines(stderr, lostLines, `${id}'s runs.jsonl`);
      found.push({ run: record.run, node: id, metrics: metricsOf(record), pairs });
    }
  }
  return found;
}
