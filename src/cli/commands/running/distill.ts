import { partText } from "../../../core/merging/change-part.ts";
import type { SharesTogether } from "../../../core/merging/shares-together.ts";
import { gainRangeText, gainText } from "../../../core/metrics/gain-text.ts";
import type { Metric } from "../../../core/metrics/metric.ts";
import { metricNamed } from "../../../core/metrics/metric-named.ts";
import { tableLines } from "../../../core/text/columns.ts";
import { formatCount, formatCounted } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import { runOf } from "../../../core/tree/id.ts";
import { type Distillation, distill as distillNode, type KeptPart } from "../../../loop/distill.ts";
import { resumeRun } from "../../../loop/run/start.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { openRunRequest } from "../../project/run-request.ts";
import {
  findNode,
  type ProjectOptions,
  requireNode,
  requireProject,
} from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";

export interface DistillOptions extends ProjectOptions {
  /** The champion of the last run when left out. */
  readonly id?: string;
  /** How many variants may be measured. */
  readonly tries?: number;
  readonly json?: boolean;
}

const DEFAULT_TRIES = 24;

/** Finds the smallest part of a node's change that is not worse than all of it, and what each part brings. */
export async function distill(world: World, options: DistillOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const { id } = (await findNode(project, options.id ?? "champion")).node;
  using progress = await openProgress(world);
  await using request = await openRunRequest(world, options, "idle", progress);
  progress.step(`opening run ${runOf(id)}`);
  await using run = await resumeRun(request, runOf(id), world.signal);
  const node = requireNode(run.records.store, id);
  const distilled = await distillNode(run, node, options.tries ?? DEFAULT_TRIES, world.signal);
  progress[Symbol.dispose]();
  if (options.json) printJson(world.stdout, jsonOf(distilled));
  else printLines(world.stdout, distilledLines(id, distilled, metricsOf(run.records.store.record)));
  return EXIT.done;
}

function distilledLines(id: string, distilled: Distillation, metrics: readonly Metric[]): string[] {
  const { node, kept, gone, together, isSmallest } = distilled;
  const all = kept.length + gone.length;
  const left = `${formatCount(kept.length)} of ${formatCounted(all, "part")}`;
  return [
    gone.length === 0
      ? `nothing of ${id} can go: ${formatCounted(all, "part")}`
      : `${node.id} has ${left} of ${id}, and is not worse`,
    "",
    ...tableLines([
      ...kept.map(({ part, share }) => [
        "stays",
        printable(partText(part)),
        shareText(share, metrics),
      ]),
      ...gone.map((part) => ["gone", printable(partText(part)), ""]),
    ]),
    ...(kept.length > 1 && together !== null ? ["", togetherText(id, together, metrics)] : []),
    ...(isSmallest ? [] : ["", "the tries were used up: a smaller one may be found with --tries"]),
    ...(gone.length === 0 ? [] : ["", `loopty apply ${node.id}`]),
  ];
}

const COMES_TO: Readonly<Record<SharesTogether["comesTo"], string>> = {
  "as much": "",
  more: ": what a part brings needs another, and counts in both shares",
  less: ": where a part is missing, another does some of its work",
};

function togetherText(id: string, together: SharesTogether, metrics: readonly Metric[]): string {
  const metric = metricNamed(metrics, together.metric);
  const range = gainRangeText(metric, together);
  const whole = gainText(metric, together.gainSinceRoot);
  return (
    `the shares come to ${gainText(metric, together.gain)} (${range}), all of ${id} to ${whole}` +
    COMES_TO[together.comesTo]
  );
}

function shareText(share: KeptPart["share"], metrics: readonly Metric[]): string {
  if (share === null) return "needed, not measured alone";
  const metric = metricNamed(metrics, share.name);
  return `${printable(share.name)} ${gainText(metric, share.gain)} (${gainRangeText(metric, share)})`;
}

function jsonOf({ node, kept, gone, together, isSmallest }: Distillation) {
  return {
    node: node.id,
    isSmallest,
    kept: kept.map(({ part, share }) => ({ part: partText(part), share })),
    gone: gone.map(partText),
    together,
  };
}
