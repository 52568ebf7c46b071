import { gainText } from "../../core/metrics/gain-text.ts";
import type { Direction, Metric } from "../../core/metrics/metric.ts";
import { ownValue } from "../../core/own-value.ts";
import { championOf } from "../../core/search/selection.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { preferenceOfRun } from "../../store/run-record.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import {
  lastRun,
  type ProjectOptions,
  parseRun,
  requireProject,
} from "../project/stored-project.ts";
import { printJson } from "../terminal/output.ts";
import type { World } from "../world.ts";

export interface GithubBenchmarkOptions extends ProjectOptions {
  /** A run's number; the last run when left out. */
  readonly id?: string;
  /**
   * One of github-action-benchmark's tools `customSmallerIsBetter` and `customBiggerIsBetter`, each of which takes one
   * direction.
   */
  readonly githubBenchmark: "smaller" | "bigger";
}

interface BenchmarkEntry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly extra: string;
}

const UNIT = /(?:\(([^()]+)\)|_([A-Za-z]+))$/;
const NAME_CHARACTERS = 200;

/** Prints what github-action-benchmark keeps and draws: the metrics of a run's champion, or of its baseline where nothing gained. */
export async function exportGithubBenchmark(
  world: World,
  options: GithubBenchmarkOptions,
): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const number = options.id === undefined ? await lastRun(project) : parseRun(options.id);
  const run = await project.openRun(number);
  const direction = options.githubBenchmark === "smaller" ? "lower" : "higher";
  printJson(world.stdout, githubBenchmark(run, direction));
  return EXIT.done;
}

/** Values of the run's fresh result where it has one, else those of the node as it was measured. */
function githubBenchmark(
  { record, nodes }: Pick<StoredRun, "record" | "nodes">,
  direction: Direction,
): BenchmarkEntry[] {
  const node = championOf(nodes, preferenceOfRun(record)) ?? nodes[0];
  if (node === undefined) return [];
  const fresh = record.result?.champion === node.id ? record.result.comparison : null;
  return metricsOf(record)
    .filter((metric) => metric.direction === direction)
    .flatMap((metric): BenchmarkEntry[] => {
      const compared = fresh?.metrics.find(({ name }) => name === metric.name);
      const value = compared?.value ?? ownValue(node.metrics, metric.name);
      if (value === undefined) return [];
      const gain =
        compared === undefined || fresh === null
          ? ""
          : `, ${gainText(metric, compared.gain)} against ${fresh.against} in ${formatCounted(fresh.pairs, "pair")}`;
      const name = printable(metric.name, NAME_CHARACTERS);
      return [{ name, unit: unitOf(metric), value, extra: `loopty node ${node.id}${gain}` }];
    });
}

function unitOf({ name }: Metric): string {
  const [, inBrackets, suffix] = UNIT.exec(name) ?? [];
  return printable(inBrackets ?? suffix ?? "", NAME_CHARACTERS);
}
