import { z } from "zod";
import type { Metric } from "../../../core/metrics/metric.ts";
import { championOf } from "../../../core/search/selection.ts";
import { tableLines } from "../../../core/text/columns.ts";
import { formatCounted, formatDuration, formatPercent } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import type { NodeId } from "../../../core/tree/id.ts";
import { LOCAL_MACHINE, lentNames } from "../../../core/tree/machine.ts";
import { gainTexts } from "../../../core/views/gain-range.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import type { MachineRecord } from "../../../store/machine-record.ts";
import { preferenceOfRun, type RunRecord } from "../../../store/run-record.ts";
import { EVENTS_FILE, type StoredRun } from "../../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { lastRun, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines, tellLostLines } from "../../terminal/output.ts";
import type { Sink, World } from "../../world.ts";

export interface MachinesOptions extends ProjectOptions {
  /** The last run when left out. */
  readonly run?: number | undefined;
  readonly json?: boolean;
}

interface Noise {
  readonly metric: string;
  /** Standard deviation of a pair's log gain; 0 where every run of the baseline gave the same. */
  readonly sigma: number;
}

/** A machine of a run. `null` stands for what the run does not know of it. */
interface MachineSummary {
  readonly name: string;
  readonly address: string | null;
  readonly cpuModel: string | null;
  /** Such as `docker 27.1.1`. */
  readonly engine: string | null;
  readonly kernel: string | null;
  /** Below 0 where its clock is behind. */
  readonly clockAheadMs: number | null;
  /** In order of priority; empty until it was calibrated. */
  readonly noise: readonly Noise[];
  readonly unfinished: readonly NodeId[];
  /** Nodes that were measured there, the baseline too. */
  readonly measured: number;
  /** The champion against the root there; `null` where it was not measured. */
  readonly result: RunRecord["result"];
  /** How long its owner lent it to the run; `null` for one that nobody lends. */
  readonly lentMs: number | null;
  readonly lastLoss: { readonly at: string; readonly reason: string } | null;
}

type LastLoss = NonNullable<MachineSummary["lastLoss"]>;

/** Lists the machines of a run, with what it found out about each. */
export async function machines(world: World, options: MachinesOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const number = options.run ?? (await lastRun(project));
  const stored = await project.openRun(number);
  const summaries = await summariesOf(stored, world.stderr);
  if (options.json) {
    printJson(world.stdout, { run: number, machines: summaries });
    return EXIT.done;
  }
  const metrics = metricsOf(stored.record);
  printLines(
    world.stdout,
    summaries.flatMap((summary, index) => [
      ...(index === 0 ? [] : [""]),
      ...machineLines(summary, metrics),
    ]),
  );
  return EXIT.done;
}

async function summariesOf(stored: StoredRun, stderr: Sink): Promise<MachineSummary[]> {
  const { record, nodes } = stored;
  const losses = await lossesOf(stored, stderr);
  const addresses = addressesOf(record);
  const names = new Set([
    ...addresses.keys(),
    ...Object.keys(record.machines),
    ...nodes.map(({ machine }) => machine),
  ]);
  const champion = championOf(nodes, preferenceOfRun(record))?.id ?? null;
  return [...names].map((name) => {
    const own = nodes.filter(({ machine }) => machine === name);
    const known = record.machines[name] ?? null;
    const result = known === null ? alone(record, name) : known.result;
    return {
      ...{ name, address: addresses.get(name) ?? null },
      cpuModel: known?.cpuModel ?? null,
      ...engineOf(record, known, name),
      clockAheadMs: known?.clockAheadMs ?? null,
      noise: noiseOn(record, name),
      unfinished: own.filter(({ phase }) => phase !== "finished").map(({ id }) => id),
      measured: own.filter(({ metrics }) => Object.keys(metrics).length > 0).length,
      // A result belongs to the champion of its time. A resumed run may have found another since.
      result: result?.champion === champion ? result : null,
      lentMs: record.lentMs[name] ?? null,
      lastLoss: losses.get(name) ?? null,
    };
  });
}

/** The result of a run with one machine. */
function alone({ baseline, machines: several, result }: RunRecord, name: string) {
  return Object.keys(several).length === 0 && baseline?.machine === name ? result : null;
}

// A record keeps its config and its environment as they were written, perhaps by another version.
const withMachines = z.looseObject({
  machines: z.array(
    z.looseObject({
      name: z.string(),
      url: z.string().nullable().default(null),
      // As many as a scheduler may lend at once.
      maxNodes: z.number().optional(),
    }),
  ),
});
const engineSchema = z.looseObject({
  kind: z.string().default("docker"),
  version: z.string().nullable().default(null),
  kernel: z.string().nullable().default(null),
});
const withEngine = z.looseObject({ engine: engineSchema });

/** By name. Runs of older versions have the one machine that there was. */
function addressesOf({ config }: RunRecord): Map<string, string | null> {
  const known = withMachines.safeParse(config);
  if (!known.success) return new Map([[LOCAL_MACHINE, LOCAL_MACHINE]]);
  const addresses = new Map<string, string | null>();
  for (const { name, url, maxNodes } of known.data.machines) {
    if (maxNodes === undefined) addresses.set(name, url);
    for (const lent of lentNames(name, maxNodes ?? 0)) addresses.set(lent, "slurm");
  }
  return addresses;
}

function engineOf(
  { environment, baseline }: RunRecord,
  known: MachineRecord | null,
  name: string,
): Pick<MachineSummary, "engine" | "kernel"> {
  const isHome = name === (baseline?.machine ?? null);
  const home = isHome ? withEngine.safeParse(environment).data?.engine : undefined;
  const engine = known === null ? home : engineSchema.safeParse(known.environment).data;
  if (engine === undefined) return { engine: null, kernel: null };
  const { kind, version, kernel } = engine;
  return { engine: version === null ? null : `${kind} ${version}`, kernel };
}

function noiseOn({ baseline, machines: several }: RunRecord, name: string): Noise[] {
  const shown = baseline?.machine === name ? baseline : several[name]?.measured;
  return (shown?.calibration?.metrics ?? []).map((metric) => ({
    metric: metric.name,
    sigma: metric.kind === "exact" ? 0 : metric.sigma,
  }));
}

async function lossesOf(stored: StoredRun, stderr: Sink): Promise<Map<string, LastLoss>> {
  const losses = new Map<string, LastLoss>();
  const { entries, lostLines } = await stored.events();
  tellLostLines(stderr, lostLines, EVENTS_FILE);
  for (const event of entries) {
    if (event.type !== "machine_lost") continue;
    losses.set(event.machine, { at: event.at, reason: event.reason });
  }
  return losses;
}

function machineLines(summary: MachineSummary, metrics: readonly Metric[]): string[] {
  const { name, noise, unfinished, lastLoss } = summary;
  const fields: readonly (readonly [string, string])[] = [
    ["address", summary.address ?? ""],
    ["processor", summary.cpuModel ?? ""],
    ["engine", summary.engine ?? ""],
    ["kernel", summary.kernel ?? ""],
    ["clock", clockText(summary.clockAheadMs)],
    ["noise", noise.length === 0 ? "not measured" : noise.map(noiseText).join(", ")],
    ["now", unfinished.length === 0 ? "nothing" : unfinished.join(", ")],
    ["measured", formatCounted(summary.measured, "node")],
    ["lent", summary.lentMs === null ? "" : nodeHours(summary.lentMs)],
    ["champion", resultText(summary, metrics)],
    ["last lost", lastLoss === null ? "" : `${lastLoss.at.slice(0, 19)}Z: ${lastLoss.reason}`],
  ];
  const shown = fields.filter(([, text]) => text !== "");
  return [
    printable(name),
    ...tableLines(shown.map(([field, text]) => [field, printable(text)])).map((line) =>
      `  ${line}`.trimEnd(),
    ),
  ];
}

/** As a cluster counts them: a job has one node. */
function nodeHours(lentMs: number): string {
  return `${(lentMs / 3_600_000).toFixed(2)} node hours`;
}

function noiseText({ metric, sigma }: Noise): string {
  return sigma === 0 ? `${metric} exact` : `${metric} ${formatPercent(sigma)}`;
}

function clockText(aheadMs: number | null): string {
  if (aheadMs === null) return "";
  return `${formatDuration(Math.abs(aheadMs))} ${aheadMs < 0 ? "behind" : "ahead"}`;
}

function resultText({ result }: MachineSummary, metrics: readonly Metric[]): string {
  if (result === null) return "";
  return `${result.champion} ${gainTexts(result.comparison, metrics).join(", ")}`;
}
