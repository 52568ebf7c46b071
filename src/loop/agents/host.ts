import type { AgentHost } from "../../agent/host.ts";
import { NO_PACE } from "../../core/budget/pace.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { quickBench } from "../comparing/quick-bench.ts";
import { filesOf } from "../run/node-images.ts";
import { onMachine } from "../run/on-machine.ts";
import { type AgentlessRun, emit } from "../run/run.ts";
import { contextFor } from "./context.ts";
import { workbenchOf } from "./workbench.ts";

/** What this run does for its agent. `signal` ends the run. */
export function hostOf(run: AgentlessRun, signal: AbortSignal): AgentHost {
  const { problem, clock } = run;
  const { store, project } = run.records;
  return {
    clock,
    transcripts: {
      append: (id, entry) => store.appendNodeLine(id, "transcript.jsonl", entry),
      ofRun: (number) => project.openRun(number),
    },
    pace: {
      state: store.record.pace ?? NO_PACE,
      save: (pace) => store.setFindings({ pace }),
    },
    contextOf: ({ id, parent }) => {
      const source = { problem, project, filesOf: (node: ExperimentNode) => filesOf(run, node) };
      return contextFor(source, store, parent, id);
    },
    workbench: () => onMachine(run, { kind: "on", machine: run.lab.machine }, signal, workbenchOf),
    quickBench: ({ id, parent }, session, ended) => {
      const machine = store.node(id)?.machine ?? run.lab.machine;
      return quickBench({ ...run, lab: run.labs.on(machine) }, parent, session, ended);
    },
    warn: (id, message) => emit(run, { type: "warning", id, message }),
  };
}
