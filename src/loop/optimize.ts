import { workersOf } from "../config/machines.ts";
import { workingTimeMs } from "../core/budget/budget.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { openTokenBudget } from "./agents/tokens.ts";
import { runBaseline } from "./baseline.ts";
import { confirmGain } from "./comparing/confirmation.ts";
import { upkeepOf } from "./comparing/machine-baseline.ts";
import type { Ending, MaxTime } from "./ending.ts";
import { runExperiment } from "./experiment.ts";
import type { Next, NextOptions } from "./next.ts";
import { NextChoice } from "./next-choice.ts";
import { placeNode } from "./node/record.ts";
import { onMachine } from "./run/on-machine.ts";
import type { GrowingRun, Run } from "./run/run.ts";
import { SteeringWatch } from "./steering.ts";
import { finishLeft, goOnWithUnfinished } from "./unfinished.ts";
import { Workers } from "./workers.ts";

/**
 * The whole loop: measure the baseline, then grow the tree until something ends it. Resuming takes the same path: what
 * is recorded is not done again. Throws `UserError` when the baseline fails, and the signal's reason when aborted.
 */
export async function optimize(
  run: Run,
  signal: AbortSignal,
  maxTime: MaxTime | null = null,
): Promise<Ending> {
  const { nodes, record } = run.records.store;
  const startedAtMs = run.clock.steadyMs() - (record.workedMs ?? workingTimeMs(nodes));
  const countTime = () =>
    run.records.store.setFindings({ workedMs: run.clock.steadyMs() - startedAtMs });
  await using steering = await SteeringWatch.open(run, run.records.owner);
  await runBaseline(run, signal);
  run.labs.join(upkeepOf(run));
  await goOnWithUnfinished(run, signal);
  await countTime();
  const work: Work = {
    experiment: async ({ node, parent, conversation }, workSignal) => {
      const near = { kind: "near", machine: parent.machine } as const;
      const done = await onMachine(run, near, workSignal, async (here, within, failures) =>
        failures === 0
          ? runExperiment(here, await placeNode(here, node), parent, conversation, within)
          : finishLeft(here, node.id, "its machine was lost before the agent was done", within),
      );
      await countTime();
      return done;
    },
    confirm: ({ node }, workSignal) =>
      onMachine(run, { kind: "on", machine: node.machine }, workSignal, (here, within) =>
        confirmGain(here, node, within),
      ),
  };
  const options = { steering, tokens: openTokenBudget(run), startedAtMs, maxTime };
  return await growTree(run, work, options, signal);
}

/** The work of workers, from a choice to the node that came of it. */
export interface Work {
  experiment(
    next: Extract<Next, { kind: "experiment" }>,
    signal: AbortSignal,
  ): Promise<ExperimentNode>;
  confirm(next: Extract<Next, { kind: "confirm" }>, signal: AbortSignal): Promise<ExperimentNode>;
}

/** As many workers as `search.parallel` says, each with one thing at a time: choose, do, choose again. */
export async function growTree(
  run: GrowingRun,
  work: Work,
  options: NextOptions,
  signal: AbortSignal,
): Promise<Ending> {
  const { steering } = options;
  const choice = new NextChoice(run, options);
  const workers = new Workers(run.clock);
  return workers.untilAllEnd(workersOf(run.problem.config), signal, async (workSignal) => {
    for (;;) {
      const { ended } = workers;
      const { seen } = steering;
      const next = await workers.choose(() => choice.next(workSignal));
      if (next.kind === "end") return next.ending;
      if (next.kind === "experiment") {
        await workers.busyWith(work.experiment(next, workSignal).finally(next.close));
      } else if (next.kind === "confirm") {
        await workers.busyWith(work.confirm(next, workSignal).finally(next.close));
      } else {
        const steered = (over: AbortSignal) => steering.changedSince(seen, over);
        const isNews = await workers.news(ended, steered, next.forMs, workSignal);
        if (!isNews) return next.ending;
      }
    }
  });
}
