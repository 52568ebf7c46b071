import { z } from "zod";
import { formatBytes, formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { NodeId } from "../../core/tree/id.ts";
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

export function provenanceOf({
  createdAt,
  seed,
  from,
  userHead,
  environment,
}: RunRecord): Provenance {
  return { startedAt: createdAt, seed, from, commit: userHead, machine: machineOf(environment) };
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
