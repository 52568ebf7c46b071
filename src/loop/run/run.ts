import type { Agent } from "../../agent/agent.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { AccessPolicy } from "../../core/access/policy.ts";
import type { Clock } from "../../core/clock.ts";
import type { RunEvent, RunNews } from "../../core/events/event.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { ProposedTrees } from "../../core/search/proposed-trees.ts";
import type { BenchmarkCommand } from "../../measure/benchmark.ts";
import type { NodeBranches, NodeCode } from "../../store/git/repositories.ts";
import type { Project } from "../../store/project.ts";
import type { RunStore } from "../../store/run-store.ts";
import type { Lab } from "./lab.ts";
import type { Labs } from "./labs.ts";

/** A run under way: everything that its experiments share. */
export interface Run {
  readonly problem: Problem;
  /** Where the work at hand happens. */
  readonly lab: Lab;
  /** Where any work of the run may happen. */
  readonly labs: Labs;
  readonly records: Records;
  readonly clock: Clock;
  readonly agent: Agent;
}

/** A run without its agent: what an agent is made from. */
export type AgentlessRun = Omit<Run, "agent">;

/** What is optimized, and by which rules. */
export interface Problem {
  readonly config: Config;
  readonly policy: AccessPolicy;
  /** Put into verify's and the benchmark's containers, and nowhere else. */
  readonly hidden: readonly WorkspaceFile[];
  /** Protected files of the node that the run starts from, where the workspace has others; `null` where the node has none. */
  readonly carried: ReadonlyMap<string, WorkspaceFile | null>;
  readonly isIgnored: (path: string) => boolean;
  /** The workspace as it stands, hidden files left out. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** The writable files of the workspace as it stands: what a baseline is made from. */
  readonly readWorkspace: () => Promise<readonly WorkspaceFile[]>;
}

/** What is kept of a run, and who listens. */
export interface Records {
  readonly project: Project;
  readonly store: RunStore;
  /** What was proposed since the run was opened. The store knows what was before that. */
  readonly proposedTrees: ProposedTrees;
  readonly code: NodeCode;
  readonly branches: NodeBranches | null;
  /** This process, as its lock names it. */
  readonly owner: string;
  readonly observe: (event: RunEvent) => void;
}

/** The part of a run that growing a tree needs. */
export interface GrowingRun extends Pick<Run, "clock" | "agent"> {
  readonly problem: Pick<Problem, "config">;
  readonly records: Pick<Records, "store" | "code" | "observe">;
}

/** The part of a run that writing an event needs. */
export interface Reporting {
  readonly records: Pick<Records, "store" | "observe">;
}

/** Writes an event down, then passes it on. */
export async function emit({ records }: Reporting, news: RunNews): Promise<void> {
  records.observe(await records.store.emit(news));
}

export function benchmarkOf({ problem }: Pick<Run, "problem">): BenchmarkCommand {
  const { commands, metrics, timeouts } = problem.config;
  return {
    command: commands.benchmark,
    timeoutMs: timeouts.benchmarkMs,
    metricsFile: metrics.file === "-" ? null : metrics.file,
    metrics: metrics.source,
    hidden: problem.hidden,
  };
}
