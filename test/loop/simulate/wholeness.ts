import { createHash } from "node:crypto";
import { type ExperimentNode, snapshotLayers } from "../../../src/core/tree/node.ts";
import { isLost } from "../../../src/core/tree/verdict.ts";
import type { StoredRun } from "../../../src/store/stored-run.ts";
import type { FakeEngine } from "../../sandbox/fake/fake-engine.ts";
import { MemoryRepositories } from "../../store/memory-repositories.ts";
import type { FakeProject } from "../fake-project.ts";
import type { IdeaAgent } from "../idea-agent.ts";

/** What is wrong with a run that ended, in sentences; nothing where all is whole, paid once, and nothing is left over. */
export async function problemsAtEnd(
  project: FakeProject,
  agent: IdeaAgent,
  experiments: number,
  machines: readonly string[] = [],
): Promise<string[]> {
  const run = await project.stored(1);
  const parts = [
    treeProblems(run, experiments),
    ...(await Promise.all(run.nodes.map((node) => nodeProblems(project, run, node)))),
    verdictProblems(run),
    await eventProblems(run),
    paymentProblems(agent),
    branchProblems(project, run),
    leftoverProblems(project.engine, run),
    ...machines.map((name) => leftoverProblems(project.other(name), run, ` on ${name}`)),
  ];
  return parts.flat();
}

/** What a kill took from a run that it must not: what had finished is as it was. */
export async function problemsAfterKill(
  project: FakeProject,
  before: readonly ExperimentNode[],
): Promise<string[]> {
  const run = before.length === 0 ? null : await project.stored(1);
  return before
    .filter(({ phase }) => phase === "finished")
    .flatMap((old) => {
      const now = run?.nodes.find(({ id }) => id === old.id);
      if (now?.phase !== "finished") return `${old.id} had finished and is lost`;
      return now.commit === old.commit ? [] : `${old.id} has other files than when it finished`;
    });
}

function treeProblems({ nodes }: StoredRun, experiments: number): string[] {
  const counted = nodes.filter(({ parent, verdict }) => parent !== null && !isLost(verdict));
  return [
    ...nodes.filter(({ ordinal }, i) => ordinal !== i).map(({ id }) => `${id} is out of order`),
    ...nodes.filter(({ phase }) => phase !== "finished").map(({ id }) => `${id} never finished`),
    ...(counted.length > experiments
      ? [`${counted.length} experiments counted, and the budget is ${experiments}`]
      : []),
  ];
}

async function nodeProblems(
  { engine }: FakeProject,
  { record, readNodeFile }: StoredRun,
  { id, commit, diff, snapshot, verdict, comparison, metrics }: ExperimentNode,
): Promise<string[]> {
  if (commit === null) return snapshot === null ? [] : [`${id} has an image and no commit`];
  const problems: string[] = [];
  if (verdict === "interrupted") problems.push(`${id} was thrown away after it was recorded`);
  const patch = await readNodeFile(id, "diff.patch");
  const digest = patch && createHash("sha256").update(patch).digest("hex");
  if (digest !== diff?.sha256) problems.push(`${id} has another diff.patch than its index says`);
  const image = engine.find(snapshot?.tag ?? "");
  const layers = snapshot && snapshotLayers(record.base?.layers ?? [], snapshot);
  // An image that was lost is made again when somebody needs it.
  if (image !== null && image.layers.join() !== layers?.join()) {
    problems.push(`${id} has other layers`);
  }
  if (comparison !== null && Object.keys(metrics).join() !== "cost") {
    problems.push(`${id} was compared and has no metrics`);
  }
  return problems;
}

/** No kill makes a loss of a gain: values of one node and its parent agree with its verdict, where they are exact. */
function verdictProblems({ nodes, record }: StoredRun): string[] {
  const [calibrated] = record.baseline?.calibration?.metrics ?? [];
  if (calibrated?.kind !== "exact") return [];
  return nodes.flatMap(({ id, parent, verdict, metrics }) => {
    const against = nodes.find((other) => other.id === parent)?.metrics.cost;
    const { cost } = metrics;
    if (against === undefined || cost === undefined) return [];
    const isBetter = verdict === "improved" || verdict === "confirmed";
    return isBetter === cost < against ? [] : [`${id} is ${verdict} with ${cost} after ${against}`];
  });
}

async function eventProblems(run: StoredRun): Promise<string[]> {
  const { entries, lostLines } = await run.events();
  const finished = entries.flatMap((event) => (event.type === "node_finished" ? [event.id] : []));
  return [
    ...(lostLines === 0 ? [] : [`${lostLines} events cannot be read`]),
    ...finished
      .filter((id, i) => finished.indexOf(id) !== i)
      .map((id) => `${id} is told twice to have finished`),
  ];
}

/** An agent is asked once for a node's change: what it was paid for is used, or lost with its container. */
function paymentProblems({ edited, analysed }: IdeaAgent): string[] {
  const twice = (ids: readonly string[]) => ids.filter((id, i) => ids.indexOf(id) !== i);
  return [
    ...twice(edited).map((id) => `${id} was paid for twice`),
    ...twice(analysed.map(({ id }) => id)).map((id) => `${id} was analysed twice`),
  ];
}

function branchProblems({ repositories }: FakeProject, { nodes }: StoredRun): string[] {
  if (!(repositories instanceof MemoryRepositories)) return ["the repositories are no fakes"];
  const expected = nodes.flatMap(({ id, commit }) => (commit ? [`loopty-${id} ${commit}`] : []));
  const there = [...repositories.branches].map(([name, commit]) => `${name} ${commit}`);
  return [
    ...there.filter((line) => !expected.includes(line)).map((line) => `code.git has ${line}`),
    ...expected.filter((line) => !there.includes(line)).map((line) => `code.git lacks ${line}`),
  ];
}

/** No container, and no image that the index does not know. */
function leftoverProblems(engine: FakeEngine, { nodes, record }: StoredRun, where = ""): string[] {
  const known = new Set([
    record.base?.tag,
    ...nodes.flatMap(({ snapshot }) => (snapshot ? [snapshot.tag, `${snapshot.tag}-built`] : [])),
  ]);
  return [
    ...[...engine.containers].map(({ step }) => `a container for ${step} is left${where}`),
    ...engine.images
      .filter(({ tag }) => !known.has(tag))
      .map(({ tag }) => `${tag} is left${where}`),
  ];
}
