import { firstUntoldRun } from "../../agent/choose.ts";
import { outsideNamed } from "../../core/metrics/choice.ts";
import { DEFAULT_FILE_BYTES, type ParentFile } from "../../core/prompt/parent-files.ts";
import { type ContextText, contextText, DEFAULT_CONTEXT_BYTES } from "../../core/prompt/prompt.ts";
import { toldNode } from "../../core/prompt/told-node.ts";
import { UNKNOWN_WORKBENCH } from "../../core/prompt/workbench.ts";
import { preferenceOf } from "../../core/search/preference.ts";
import type { NodeId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { pinnedIdeaFor } from "../../core/tree/pinned-idea.ts";
import { notesFor } from "../../core/tree/steering.ts";
import { exactMetrics, metricsOf } from "../../store/baseline-record.ts";
import type { Project } from "../../store/project.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import type { Problem } from "../run/run.ts";
import { earlierRuns } from "./earlier-runs.ts";

/** What a prompt is made from besides the tree. It needs no engine. */
export interface PromptSource {
  readonly problem: Pick<Problem, "config" | "policy" | "files">;
  readonly project: Project;
  /** The writable files of a node. */
  readonly filesOf: (node: ExperimentNode) => Promise<readonly ParentFile[]>;
}

/** What the agent of a node's next child reads. The same tree gives the same bytes. */
export async function contextFor(
  { problem, project, filesOf }: PromptSource,
  stored: Pick<StoredRun, "nodes" | "readNodeFile"> & {
    readonly steering: Pick<StoredRun["steering"], "current">;
    readonly record: Pick<StoredRun["record"], "run" | "baseline" | "workbench">;
  },
  parent: ExperimentNode,
  childId: NodeId,
): Promise<ContextText> {
  const { config, policy, files } = problem;
  const { record } = stored;
  const metrics = metricsOf(record);
  const calibration = record.baseline?.calibration ?? null;
  const { weights, guards, minEffectRatio: minEffect } = config.metrics;
  const steering = await stored.steering.current();
  // A baseline's diff is the whole project, which the agent can read.
  const diff = parent.parent === null ? null : await stored.readNodeFile(parent.id, "diff.patch");
  return contextText({
    childId,
    parent: toldNode(parent, config.access),
    nodes: stored.nodes.map((node) => toldNode(node, config.access)),
    metrics,
    preference: preferenceOf({ metrics, weights, guards, calibration, minEffect }),
    parentDiff: diff?.toString("utf8") ?? "",
    parentFiles: await filesOf(parent),
    policy,
    weights,
    guards,
    minEffect,
    exact: exactMetrics(record.baseline),
    outside: outsideNamed(config.metrics.source.choice),
    workbench: record.workbench ?? UNKNOWN_WORKBENCH,
    statement: config.statement,
    commands: config.commands,
    files,
    notes: notesFor(steering, parent.id),
    idea: pinnedIdeaFor(childId, parent.id, steering, stored.nodes),
    earlierRuns:
      config.context === "all"
        ? await earlierRuns(project, firstUntoldRun(config.agent, record.run))
        : [],
    options: {
      context: config.context,
      byteBudget: DEFAULT_CONTEXT_BYTES,
      fileBytes: DEFAULT_FILE_BYTES,
    },
  });
}
