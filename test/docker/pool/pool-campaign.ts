import { type Random, seeded } from "../../../src/core/statistics/random.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { leftoverProblems, problemsAfterKill, problemsAtEnd } from "../loop/wholeness.ts";
import type { PoolEnd, PoolFault, PoolProject, Victim } from "./pool-project.ts";

/** So many faults a run, which they make longer. */
const FAULTS_A_RUN = 10;
/** A run of six experiments has some thousands. */
const INSTANTS_BETWEEN = 250;
/** A process that is killed needs a minute to come as far again. */
const VICTIMS = ["loopty", "engine", "engine", "connection", "connection"] as const;
const MOST_AWAY_MS = 5000;
/** What a step does first is what it is for. */
const STAGES = [
  ...["machine_joined", "machine_lost", "node_placed", "agent_started", "agent_finished"],
  ...["node_proposed", "build_finished", "verify_finished", "pair_finished to judge"],
  "node_finished",
];
const INSTANTS_OF_STAGE = 60;

export interface PoolRound {
  readonly run: number;
  /** What was killed, and when. */
  readonly what: string;
  readonly problems: readonly string[];
}

/**
 * Kills processes of loopty, engines and connections of one project, one after the other, from one run into the next until there were so
 * many, and a last one without any where something was left. What and when follows from the seed. At the end of every run all is checked,
 * after every kill of loopty what can be.
 */
export async function* poolCampaign(
  project: PoolProject,
  { rounds, seed }: { readonly rounds: number; readonly seed: number },
): AsyncGenerator<PoolRound> {
  const random = seeded(`${seed}/pool`);
  const machines = [...project.engines.keys()];
  let struck = 0;
  // Where the last process may not have come to remove what was left: the next run has to.
  let owing = new Set<string>();
  for (let run = 1; struck < rounds || owing.size > 0; run++) {
    const count = Math.min(FAULTS_A_RUN, rounds - struck);
    let faults = Array.from({ length: count }, () => drawFault(random, machines));
    let before: readonly ExperimentNode[] = [];
    let happened = 0;
    for (;;) {
      const exists = (await project.project.runs()).includes(run);
      const life = untilDeath(faults);
      const startedAtMs = performance.now();
      const end = await project.run(["run", ...(exists ? ["--resume"] : [])], life);
      await project.allThere();
      happened += end.struck.length;
      struck += end.struck.length;
      faults = faults.slice(end.struck.length);
      const stored = (await project.project.runs()).includes(run);
      const problems = stored ? await problemsAfterKill(project, run, before) : [];
      before = stored ? (await project.project.openRun(run)).nodes : [];
      for (const [at, instant] of end.struck.entries()) {
        const victim = life[at]?.victim;
        yield { run, what: `${victim && nameOf(victim)} at ${instant}`, problems: [] };
      }
      if (end.hung) problems.push("it hung");
      const goesOn = end.code === null || mayFail(project, life, end);
      if (!end.hung && !goesOn) {
        if (end.code !== 0) problems.push(`it ended with ${end.code}`);
        else {
          owing = new Set(
            life.slice(0, end.struck.length).flatMap(({ victim }) => machineOf(victim)),
          );
          const seen = machines.filter((machine) => !owing.has(machine));
          problems.push(...(await problemsAtEnd(project, run, happened, seen)));
          problems.push(...(await lostWrites(project, run)));
          for (const machine of owing) {
            const left = await leftoverProblems(project, machine);
            if (left.length === 0) owing.delete(machine);
            else yield { run, what: `for the next run: ${left.join(", ")}`, problems: [] };
          }
        }
      }
      const ended = end.code === null ? "loopty was killed" : `loopty ended with ${end.code}`;
      const how = `${ended} after ${Math.round((performance.now() - startedAtMs) / 1000)} s`;
      if (problems.length > 0) problems.push(tailOf(end));
      yield { run, what: how, problems };
      // What a run leaves that never ended is none of the next one's.
      if (end.hung) return;
      if (!goesOn) break;
    }
  }
}

function drawFault(random: Random, machines: readonly string[]): PoolFault {
  const victim = drawVictim(random, machines);
  if (random.coin()) {
    return { stage: null, number: 1 + random.integer(INSTANTS_BETWEEN), victim };
  }
  const number = Math.ceil(INSTANTS_OF_STAGE ** random.next());
  return { stage: random.pick(STAGES), number, victim };
}

function drawVictim(random: Random, machines: readonly string[]): Victim {
  const kind = random.pick(VICTIMS);
  const machine = random.pick(machines);
  if (kind === "loopty") return { kind };
  if (kind === "connection") return { kind, machine };
  return { kind, machine, awayMs: random.integer(MOST_AWAY_MS) };
}

/** A process has the faults up to the one that kills it. */
function untilDeath(faults: readonly PoolFault[]): readonly PoolFault[] {
  const death = faults.findIndex(({ victim }) => victim.kind === "loopty");
  return death === -1 ? faults : faults.slice(0, death + 1);
}

/** Before another machine has joined, the first one is the only one: its failure is the run's. */
function mayFail({ home }: PoolProject, life: readonly PoolFault[], end: PoolEnd): boolean {
  if (end.code !== 4 || / joins: /.test(end.progress)) return false;
  return end.struck.some((_, at) => {
    const victim = life[at]?.victim;
    return victim !== undefined && victim.kind !== "loopty" && victim.machine === home;
  });
}

/** Every idea of the model changes something: where nothing was changed, a machine lost it in silence. */
async function lostWrites({ project }: PoolProject, run: number): Promise<string[]> {
  const { nodes } = await project.openRun(run);
  return nodes.flatMap(({ id, verdict }) => (verdict === "empty" ? `${id} is empty` : []));
}

function machineOf(victim: Victim): readonly string[] {
  return victim.kind === "loopty" ? [] : [victim.machine];
}

function nameOf(victim: Victim): string {
  return victim.kind === "loopty" ? victim.kind : `${victim.kind} of ${victim.machine}`;
}

function tailOf({ progress }: PoolEnd): string {
  return progress.split("\n").slice(-60).join("\n");
}
