import type { AgentHost } from "../../agent/host.ts";
import { NO_PACE } from "../../core/budget/pace.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { quickBench } from "../comparing/quick-bench.ts";
import { filesOf } from "../run/node-images.ts";
import { type AgentlessRun, emit } from "../run/run.ts";
import { contextFor } from "./context.ts";

/** What this run does for its agent. */
export function hostOf(run: AgentlessRun): AgentHost {
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
    quickBench: (parent, session, signal) => quickBench(run, parent, session, signal),
    warn: (id, message) => emit(run, { type: "warning", id, message }),
  };
}
