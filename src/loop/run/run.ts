import type { Agent } from "../../agent/agent.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { AccessPolicy } from "../../core/access/policy.ts";
import type { RunEvent, RunNews } from "../../core/events/event.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import type { ProposedTrees } from "../../core/search/proposed-trees.ts";
import type { BenchmarkCommand } from "../../measure/benchmark.ts";
import type { MeasuringSlots } from "../../measure/slot.ts";
import type { PackedEntry } from "../../sandbox/container/archive.ts";
import type { Base } from "../../sandbox/image/base.ts";
import type { Scope } from "../../sandbox/scope.ts";
import type { CodeRepository } from "../../store/git/code-repository.ts";
import type { UserBranches } from "../../store/git/user-branches.ts";
import type { Project } from "../../store/project.ts";
import type { RunStore } from "../../store/run-store.ts";
import type { AgentMounts } from "./agent-mounts.ts";

/** A run under way: everything that its experiments share. */
export interface Run {
  readonly config: Config;
  readonly scope: Scope;
  readonly base: Base;
  readonly policy: AccessPolicy;
  /** Put into verify's and the benchmark's containers, and nowhere else. */
  readonly hidden: readonly PackedEntry[];
  /** Protected files of the node that the run starts from, where the workspace has others; `null` where that has none. */
  readonly carried: ReadonlyMap<string, WorkspaceFile | null>;
  readonly isIgnored: (path: string) => boolean;
  readonly agent: Agent;
  /** The workspace as it stands, hidden files left out. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** The writable files of the workspace as it stands: what a baseline is made from. */
  readonly readWorkspace: () => Promise<readonly WorkspaceFile[]>;
  readonly project: Project;
  readonly store: RunStore;
  /** What was proposed since the run was opened; before that the store knows. */
  readonly proposedTrees: ProposedTrees;
  readonly code: CodeRepository;
  readonly branches: UserBranches | null;
  /** Measuring is alone; thinking, editing and building are not. */
  readonly slots: MeasuringSlots;
  /** Made once the baseline's build has shown what it adds. */
  readonly mounts: AgentMounts;
  readonly now: () => Date;
  /** Milliseconds that go on evenly, whatever the clock is set to: what durations and budgets are counted by. */
  readonly steadyMs: () => number;
  readonly observe: (event: RunEvent) => void;
}

/** A run without its agent: what an agent is made from. */
export type AgentlessRun = Omit<Run, "agent">;

/** Writes an event down, then tells it. */
export async function tell(run: Pick<Run, "store" | "observe">, news: RunNews): Promise<void> {
  run.observe(await run.store.emit(news));
}

export function benchmarkOf(run: Pick<Run, "config" | "hidden">): BenchmarkCommand {
  const { commands, metrics, timeouts } = run.config;
  return {
    command: commands.benchmark,
    timeoutMs: timeouts.benchmarkMs,
    metricsFile: metrics.file === "-" ? null : metrics.file,
    hidden: run.hidden,
  };
}
