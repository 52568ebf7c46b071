import { z } from "zod";
import { gainText } from "../../core/metrics/gain-text.ts";
import { metricNamed } from "../../core/metrics/metric-named.ts";
import { formatBytes, formatCounted, formatPercent } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
import { intervalText } from "../../core/views/gain-range.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { MachineRecord } from "../../store/machine-record.ts";
import type { RunRecord } from "../../store/run-record.ts";

/** Where the figures come from. */
export interface Provenance {
  readonly startedAt: string;
  readonly seed: number;
  readonly from: NodeId | null;
  /** The user's commit when the run started. */
  readonly commit: string | null;
  /** Machine and engine, each as a name and a text that is safe to show. */
  readonly machine: readonly (readonly [name: string, text: string])[];
}

const text = z.string().catch("");
const count = z.number().nullable().catch(null);
// Another version may have written it. The engine's address, id and folders are left out, because a report is passed on.
const environmentSchema = z.object({
  engine: z
    .object({
      version: text,
      platform: text,
      runcVersion: text,
      defaultRuntime: text,
      storageDriver: text,
      cgroupVersion: text,
      kernel: text,
      cpuCount: count,
      cpuModel: text,
      memoryBytes: count,
    })
    .nullable()
    .catch(null),
  cpus: z.object({ measure: text }).catch({ measure: "" }),
  node: text,
});

export function provenanceOf(record: RunRecord): Provenance {
  const { createdAt, seed, from, userHead, environment } = record;
  const machine = [...machineOf(environment), ...severalOf(record)];
  return { startedAt: createdAt, seed, from, commit: userHead, machine };
}

/** A line for each machine of a run that has several: what it is, its noise, and what the champion showed there. */
function severalOf(record: RunRecord): Provenance["machine"] {
  const known = Object.entries(record.machines);
  if (known.length < 2) return [];
  return known.map(([name, machine]) => {
    const shown = name === record.baseline?.machine ? record.baseline : machine.measured;
    const noise = (shown?.calibration?.metrics ?? []).map((metric) =>
      metric.kind === "exact"
        ? `${metric.name} exact`
        : `${metric.name} varies by ${formatPercent(metric.sigma)}`,
    );
    const parts = [machine.cpuModel, ...noise, ...resultOn(record, machine)];
    return [printable(`machine ${name}`), printable(joined(parts, ", "))];
  });
}

/** A result belongs to the champion of its time: only what was measured of the run's own result is told. */
function resultOn(record: RunRecord, { result }: MachineRecord): string[] {
  const first = result?.comparison.metrics[0];
  if (result === null || first === undefined || result.champion !== record.result?.champion) {
    return [];
  }
  const metric = metricNamed(metricsOf(record), first.name);
  const interval = intervalText(metric, first, result.comparison.pairs);
  return [`${result.champion} ${metric.name} ${gainText(metric, first.gain)} (${interval})`];
}

function machineOf(environment: RunRecord["environment"]): Provenance["machine"] {
  const { engine, cpus, node } = environmentSchema.parse(environment);
  const of = engine ?? { cpuModel: "", cpuCount: null, memoryBytes: null, kernel: "", version: "" };
  const runc = engine === null ? "" : joined([engine.defaultRuntime, engine.runcVersion], " ");
  const entries: (readonly [string, string])[] = [
    ["cpu", joined([of.cpuModel, counted(of.cpuCount)], ", ")],
    ["measured on cpu", cpus.measure],
    ["memory", of.memoryBytes === null ? "" : formatBytes(of.memoryBytes)],
    ["kernel", of.kernel],
    ["engine", joined([engine?.platform ?? "", of.version], " ")],
    ["runtime", runc],
    ["storage driver", engine?.storageDriver ?? ""],
    ["cgroups", engine?.cgroupVersion ? `v${engine.cgroupVersion}` : ""],
    ["Node.js", node],
  ];
  return entries.filter(([, said]) => said !== "").map(([name, said]) => [name, printable(said)]);
}

function counted(cpuCount: number | null): string {
  return cpuCount === null ? "" : formatCounted(cpuCount, "cpu");
}

function joined(parts: readonly string[], gap: string): string {
  return parts.filter((part) => part !== "").join(gap);
}
