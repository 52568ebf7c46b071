import {
  estimateNode,
  estimateRun,
  type NodeEstimate,
  USUAL_TURNS,
} from "../../../agent/estimate.ts";
import type { Config } from "../../../config/schema/schema.ts";
import { formatCost, formatCounted } from "../../../core/text/number.ts";
import { baselineId, childId } from "../../../core/tree/id.ts";
import { NO_STEERING } from "../../../core/tree/steering.ts";
import { contextFor } from "../../../loop/agents/context.ts";
import { newNode } from "../../../loop/node/new-node.ts";
import { openProject } from "../../../store/project.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { type ConfigOptions, readConfig } from "../../project/read-config.ts";
import { findNode } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";
import { contextLines, promptSourceOf } from "../looking/context.ts";

/** Shows the first prompt, with the policy in it, and what a node would cost. It starts nothing and spends nothing. */
export async function dryRun(
  world: World,
  options: ConfigOptions & { readonly from?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const { config, projectDirectory } = await readConfig(world, options);
  const project = await openProject(projectDirectory, world);
  const run = ((await project.runs()).at(-1) ?? 0) + 1;
  const root = { ...newNode(baselineId(run), null, 0, world.now()), phase: "finished" as const };
  const stored = {
    nodes: [root],
    record: { run, baseline: null, workbench: null },
    steering: { current: async () => NO_STEERING },
    readNodeFile: async () => null,
  };
  const from = options.from === undefined ? null : (await findNode(project, options.from)).node.id;
  const source = await promptSourceOf(world, config, project, from);
  printLines(
    world.stderr,
    source.warnings.map((warning) => `warning: ${warning}`),
  );
  const text = await contextFor(source, stored, root, childId(root.id, 1));
  const promptBytes = Buffer.byteLength(text.system + text.shared + text.task);
  const estimate = estimateNode(config.agent, promptBytes);
  if (options.json) printJson(world.stdout, { ...text, estimate });
  else {
    printLines(world.stdout, [
      ...contextLines(text),
      "",
      "metrics are known once the baseline was measured; this is the prompt without them",
      ...estimateLines(config, estimate),
    ]);
  }
  return EXIT.done;
}

function estimateLines({ agent, budget }: Config, estimate: NodeEstimate | null): string[] {
  if (estimate === null) return [`the agent ${agent.kind} uses no tokens`];
  const run = estimateRun(estimate, budget);
  const whole =
    run === null
      ? "nothing of the budget ends the run"
      : `the budget lasts for about ${formatCounted(run.experiments, "experiment")} of that kind: ${spentText(run)}`;
  return [
    `an experiment of ${USUAL_TURNS} turns: about ${spentText(estimate)}; nothing was spent`,
    whole,
  ];
}

function spentText({ tokens, costUsd }: NodeEstimate): string {
  const cost = costUsd === null ? "price unknown" : formatCost(costUsd);
  return `${formatCounted(tokens, "token")}, ${cost}`;
}
