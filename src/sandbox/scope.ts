import type { Engine } from "./engine.ts";

/** Limits of every container that may run agent code. */
export interface Limits {
  readonly memoryBytes: number;
  readonly pids: number;
  readonly diskBytes: number;
  /** OCI runtime such as `runsc`; the engine's default when `null`. */
  readonly runtime: string | null;
}

/** Cpusets: measured containers never share a cpu with agents where there is more than one. */
export interface CpuSets {
  readonly agent: string;
  readonly measure: string;
}

/** Everything that the containers, volumes and images of one run have in common. */
export interface Scope {
  readonly engine: Engine;
  readonly projectId: string;
  /** `loopty/<name>` */
  readonly repository: string;
  readonly run: number;
  /** The harness process (pid, boot id, start time): what it leaves behind is found by it. */
  readonly owner: string;
  readonly limits: Limits;
  readonly cpus: CpuSets;
  readonly network: "none" | "open";
}

/** Different users, so that none can signal, trace or write what another owns. Numeric: an image need not name them. */
export const USERS = {
  agent: "10001:10001",
  measure: "10002:10002",
  helper: "10003:10003",
} as const;

export const AGENT_UID = 10001;

/** The workspace in every container (DESIGN must 3). */
export const WORKSPACE = "/workspace";

/** The last cpu measures and the rest is for agents and builds; with one cpu they share it. */
export function defaultCpuSets(cpuCount: number): CpuSets {
  if (cpuCount < 2) return { agent: "0", measure: "0" };
  const last = cpuCount - 1;
  return { agent: last === 1 ? "0" : `0-${last - 1}`, measure: String(last) };
}
