import type { AgentSession } from "../../agent/session.ts";
import { cpusOf } from "../../core/cpuset.ts";
import type { Workbench } from "../../core/prompt/workbench.ts";
import { formatDuration } from "../../core/text/number.ts";
import { baselineId } from "../../core/tree/id.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { quickBench } from "../comparing/quick-bench.ts";
import type { AgentlessRun } from "../run/run.ts";
import { openEditContainer } from "./edit-container.ts";

const PROGRAMS =
  "gcc g++ clang clang++ rustc cargo go javac node python3 perl make cmake ninja gdb perf strace ltrace valgrind objdump time git rg".split(
    " ",
  );
const LOOK = `bash -o pipefail -c true 2>/dev/null && echo bash
for program in ${PROGRAMS.join(" ")}; do command -v "$program" >/dev/null && echo "$program"; done
exit 0`;
const LOOK_MS = 30_000;
/** A look at a change takes two runs and more. Where those leave little of the agent's time, it has none. */
const LARGEST_SHARE = 1 / 8;

/** What the agents of a run have to work with. It is tried on the baseline once, and recorded. */
export async function workbenchOf(run: AgentlessRun, signal: AbortSignal): Promise<Workbench> {
  const { store } = run.records;
  const known = store.record.workbench;
  if (known !== null) return known;
  const root = store.node(baselineId(store.record.run));
  if (root === null) throw new Error("there is no baseline to look at");
  await using container = await openEditContainer(run, {
    node: root,
    parent: root,
    notes: [],
    scratch: [],
  });
  const { session } = container;
  const { output } = await session.run(LOOK, LOOK_MS);
  signal.throwIfAborted();
  const found = new Set(output.split("\n"));
  const workbench: Workbench = {
    shell: found.has("bash") ? "bash" : "sh",
    programs: PROGRAMS.filter((program) => found.has(program)),
    cpus: cpusOf(run.lab.sandbox.agentCpus).length,
    quickBench: await tryQuickBench(run, session, signal),
  };
  await store.setFindings({ workbench });
  return workbench;
}

async function tryQuickBench(
  run: AgentlessRun,
  session: AgentSession,
  signal: AbortSignal,
): Promise<Workbench["quickBench"]> {
  const { store } = run.records;
  const { commands, timeouts } = run.problem.config;
  const { benchmarkMs } = measuredBaseline(store.record);
  if (2 * benchmarkMs > LARGEST_SHARE * timeouts.agentMs) {
    return { kind: "absent", reason: `one run of it takes ${formatDuration(benchmarkMs)}` };
  }
  if (commands.build !== null) {
    const built = await session.run(commands.build, timeouts.buildMs);
    signal.throwIfAborted();
    if (built.exitCode !== 0) {
      return { kind: "absent", reason: "the build fails in the agents' container" };
    }
  }
  const root = store.node(baselineId(store.record.run));
  if (root === null) throw new Error("there is no baseline to look at");
  const look = await quickBench(run, root, session, signal, { mostPairs: 1 });
  return look.kind === "compared" ? { kind: "works" } : { kind: "absent", reason: look.text };
}
