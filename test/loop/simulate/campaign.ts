import { EngineError } from "../../../src/core/error.ts";
import { type Random, seeded } from "../../../src/core/statistics/random.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { measureResult } from "../../../src/loop/comparing/result.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { RunStore } from "../../../src/store/run-store.ts";
import { FakeAgentContainer } from "../../sandbox/fake/fake-agent-container.ts";
import type { FakeEngine } from "../../sandbox/fake/fake-engine.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { FakeSandbox } from "../../sandbox/fake/fake-sandbox.ts";
import { type FakeProject, openFakeProject, openRun, type Wrapping } from "../fake-project.ts";
import type { IdeaAgent } from "../idea-agent.ts";
import { seededAgent } from "./ideas.ts";
import { Killed, Life } from "./life.ts";
import { problemsAfterKill, problemsAtEnd } from "./wholeness.ts";

/** A run has some hundreds of steps; half of the kills fall on the first 25. */
const MOST_STEPS = 600;
const MOST_KILLS = 4;
/** One step of a machine in so many is its last for a while. */
const STEPS_A_LOSS = 60;
const SHORTEST_AWAY_MS = 1000;
const LONGEST_AWAY_MS = 5 * 60_000;
/** A disk that costs nothing: what is tried is the order of what is written, not that it lasts. */
const MEMORY_FOLDER = "/dev/shm";

export interface Campaign {
  readonly kills: number;
  readonly steps: number;
  /** In sentences; none where all is whole. */
  readonly problems: readonly string[];
}

/**
 * One run from start to end, whose process is killed or loses its engine several times and is started again each time. All follows from
 * the seed: what the agent does, how many work at once, and at which step what goes wrong. Further machines go and come back as well,
 * now and then with an empty disk.
 */
export async function campaign(seed: string, machines: readonly string[] = []): Promise<Campaign> {
  const random = seeded(`${seed}/campaign`);
  const experiments = 2 + random.integer(4);
  const parallel = random.pick([1, 1, 2, 3]) + machines.length;
  await using project = await openFakeProject({
    parentFolder: MEMORY_FOLDER,
    seed,
    others: Object.fromEntries(machines.map((name) => [name, {}])),
    program: costProgram({ sigma: random.pick([0, 0, 0.02]) }),
    yaml: [
      `budget: { experiments: ${experiments}, time: none }`,
      `search: { parallel: ${parallel}, seed: ${random.integer(1000)}, max_children: 3 }`,
      "rate_limit: { experiments: none }",
      "",
    ].join("\n"),
  });
  const others = machines.map((name) => project.other(name));
  for (const [i, other] of others.entries()) leaveAtTimes(other, seeded(`${seed}/machine ${i}`));
  const agent = seededAgent(seed);
  const kills = random.integer(MOST_KILLS + 1);
  const problems: string[] = [];
  let before: readonly ExperimentNode[] = [];
  let steps = 0;
  for (let killed = 0; ; killed++) {
    const { engine } = project;
    const instant = killed < kills ? instantOf(random) : Number.POSITIVE_INFINITY;
    let isOver = false;
    const loseEngine = () => {
      // What nobody waited for may come to this step when all else has ended.
      engine.isGone = !isOver;
    };
    const life = new Life(instant, random.next() < 0.3 ? loseEngine : "dies");
    const end = await live(project, agent, life);
    isOver = true;
    for (const each of [engine, ...others]) each.isGone = false;
    steps += life.steps;
    if (end === "ended") break;
    if (killed > kills) return { kills, steps, problems: [...problems, `it never ends: ${end}`] };
    if (end !== "lost") problems.push(end);
    problems.push(...(await problemsAfterKill(project, before)));
    before = await nodesOf(project);
    loseAnImage(project, random);
  }
  // Nothing happens any more, and what was left on a machine goes when that is seen again.
  for (const each of others) each.onStep = async () => {};
  if (others.length > 0) await seeAllAgain(project, agent, 1 + others.length);
  problems.push(...(await problemsAtEnd(project, agent, experiments, machines)));
  return { kills, steps, problems };
}

/** Lets a machine go at some of its steps. Whoever it belongs to has it back after a while. */
function leaveAtTimes(engine: FakeEngine, random: Random): void {
  engine.onStep = async () => {
    if (random.integer(STEPS_A_LOSS) > 0 || engine.isGone) return;
    engine.isGone = true;
    if (random.next() < 0.3) engine.remove(() => true);
    const away = SHORTEST_AWAY_MS + random.integer(LONGEST_AWAY_MS);
    // Of a process that is killed meanwhile nobody is woken; then it is back for the next one.
    void engine.time.sleep(away, new AbortController().signal).then(() => {
      engine.isGone = false;
    });
  };
}

function instantOf(random: Random): number {
  return Math.ceil(MOST_STEPS ** random.next());
}

/** One process. What it ends by is a sentence where it is neither the end of the run, nor a kill or a lost engine. */
async function live(
  project: FakeProject,
  agent: IdeaAgent,
  life: Life,
): Promise<"ended" | "lost" | string> {
  const { engine } = project;
  const table = project.newProcess();
  const stores: RunStore[] = [];
  const opening = (await project.runs()).length > 0 ? 1 : "new";
  const { signal } = new AbortController();
  const work = async () => {
    await using request = await project.request(agent, { table, wrap: mortal(life, stores) });
    await using run = await openRun(request, opening, signal);
    await optimize(run, signal);
    await measureResult(run, signal);
  };
  try {
    await life.during(work());
    return "ended";
  } catch (error) {
    if (engine.isGone && error instanceof EngineError) return "lost";
    if (!(error instanceof Killed))
      return `it threw ${error instanceof Error ? error.stack : error}`;
    engine.time.forget();
    for (const store of stores) await store[Symbol.asyncDispose]();
    return "lost";
  } finally {
    project.processes.kill(table);
  }
}

async function seeAllAgain(project: FakeProject, agent: IdeaAgent, count: number): Promise<void> {
  await project.withRun(agent, 1, async (run, signal) => {
    await optimize(run, signal);
    while (run.labs.here.length < count) await project.engine.time.sleep(1000, signal);
  });
}

function mortal(life: Life, stores: RunStore[]): Wrapping {
  const disk = { goesOn: true } as const;
  const engine = { goesOn: false } as const;
  const storeOf = (value: unknown) => {
    if (!(value instanceof RunStore)) return value;
    stores.push(value);
    return life.mortal(value, disk);
  };
  const insideOf = (value: unknown): unknown => {
    const isInside = value instanceof FakeSandbox || value instanceof FakeAgentContainer;
    return isInside ? life.mortal(value, { ...engine, inner: insideOf }) : value;
  };
  const objectOf = (value: unknown) =>
    typeof value === "object" && value !== null ? life.mortal(value, disk) : value;
  return {
    project: (project) => life.mortal(project, { ...disk, inner: storeOf }),
    machine: (machine) => life.mortal(machine, { ...engine, inner: insideOf }),
    agent: (agent) => life.mortal(agent, { ...engine, inner: objectOf }),
    repositories: (repositories) => life.mortal(repositories, { ...disk, inner: objectOf }),
  };
}

function loseAnImage({ engine }: FakeProject, random: Random): void {
  const { images } = engine;
  if (images.length === 0 || random.next() < 0.7) return;
  const lost = random.pick(images);
  engine.remove((image) => image === lost);
}

async function nodesOf(project: FakeProject): Promise<readonly ExperimentNode[]> {
  return (await project.runs()).length > 0 ? (await project.stored(1)).nodes : [];
}
