import { EngineError } from "../../core/error.ts";
import type { RunNews } from "../../core/events/event.ts";
import { baselineId } from "../../core/tree/id.ts";
import { runBenchmark } from "../../measure/benchmark.ts";
import type { MachineLook } from "../../sandbox/machine.ts";
import { measuredBaseline } from "../../store/baseline-record.ts";
import { findingsOn, type MachineRecord } from "../../store/machine-record.ts";
import type { OpenLab } from "../run/lab.ts";
import { benchmarkOf, emit, type Run } from "../run/run.ts";
import type { MachineNews, Upkeep } from "../run/upkeep.ts";
import { readyImage } from "./build-and-verify.ts";
import { calibrateRun } from "./calibration.ts";

/** What the pool of a run's machines does for each: it is prepared before it works, and people hear of it. */
export function upkeepOf(run: Run): Upkeep {
  return {
    prepare: (open, signal) => prepareMachine({ ...run, lab: open.lab }, open, signal),
    report: (news) => emit(run, eventOf(news)),
    countLent: (machine, moreMs) =>
      run.records.store.setFindings(({ lentMs }) => ({
        lentMs: { ...lentMs, [machine]: (lentMs[machine] ?? 0) + moreMs },
      })),
  };
}

function eventOf(news: MachineNews): RunNews {
  const { machine } = news;
  if (news.kind === "joined") return { type: "machine_joined", machine, ...news.look };
  if (news.kind === "given_back") {
    return { type: "machine_given_back", machine, idleMs: news.idleMs };
  }
  return { type: "machine_lost", machine, reason: news.reason, againInMs: news.againInMs };
}

/**
 * Makes a machine fit for verdicts: looks at it, makes the root's image there from its stored files, which must come out with the same layer,
 * builds and verifies it, and measures its noise. What is known of the same processor is kept. Throws `EngineError` where the machine does
 * not do what the first one did.
 */
async function prepareMachine(run: Run, open: OpenLab, signal: AbortSignal): Promise<MachineLook> {
  const { store } = run.records;
  const { machine } = run.lab;
  const look = await open.look(signal);
  const known = store.record.machines[machine];
  const seen = { environment: { ...open.machine.facts.recorded }, ...look };
  const isSame = known?.cpuModel === look.cpuModel;
  await keep(run, { measured: null, result: null, ...(isSame ? known : {}), ...seen });
  const { machine: home } = measuredBaseline(store.record);
  if (machine !== home && store.record.machines[machine]?.measured === null) {
    await measureRoot(run, signal);
  }
  return look;
}

async function keep(run: Run, record: MachineRecord): Promise<void> {
  const { store } = run.records;
  await store.setFindings(({ machines }) => ({
    machines: { ...machines, [run.lab.machine]: record },
  }));
}

async function measureRoot(run: Run, signal: AbortSignal): Promise<void> {
  const { store } = run.records;
  const baseline = measuredBaseline(store.record);
  const root = store.node(baselineId(store.record.run));
  if (root === null) throw new Error("there is no baseline");
  const built = await readyImage(run, root, signal);
  if (built.kind === "failed") throw new EngineError(`the baseline fails there: ${built.reason}`);
  const { imageId } = built;
  const slot = run.lab.slots.forComparison();
  const request = { sandbox: run.lab.sandbox, benchmark: benchmarkOf(run), node: root.id, imageId };
  const runOnce = () =>
    slot.exclusive(signal, (cpus) => runBenchmark({ ...request, cpus, onRow: () => {} }, signal));
  const first = await runOnce();
  if (first.kind === "failed") {
    throw new EngineError(`the baseline's benchmark fails there: ${first.reason}`);
  }
  const columns = first.table.metrics.map(({ header }) => header).join();
  if (columns !== baseline.metrics.map(({ header }) => header).join()) {
    throw new EngineError(`the baseline's benchmark has other columns there: ${columns}`);
  }
  const { machine } = run.lab;
  const shown = { ...baseline, machine, benchmarkMs: first.wallMs, calibration: null };
  await store.setFindings((record) => findingsOn(record, shown));
  await calibrateRun(run, { id: root.id, imageId, tables: [first.table], runOnce }, signal);
}
