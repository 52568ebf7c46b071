import { seeded } from "../../../src/core/statistics/random.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import type { Fault, FaultyProject, ProcessEnd } from "./faulty-project.ts";
import { problemsAfterKill, problemsAtEnd } from "./wholeness.ts";

interface Step {
  /** The event that comes before it. */
  readonly stage: string;
  /** About how many there are. */
  readonly instants: number;
}

/** The steps of a run in their order. The first that look the same are those of the baseline. */
const STEPS: readonly Step[] = (
  [
    ["start", 40],
    ["base_ready", 13],
    ["node_reserved", 30],
    ["build_finished", 30],
    ["verify_finished", 40],
    ["calibration_finished", 20],
    ["node_finished", 40],
    ["run_resumed", 30],
    ["agent_started", 50],
    ["agent_finished", 50],
    ["node_proposed", 30],
    ["build_finished", 60],
    ["verify_finished", 60],
    ["pair_finished to judge", 80],
    ["pair_finished to judge", 160],
    ["node_finished", 60],
    ["pair_finished to confirm", 100],
    ["confirmation_finished", 60],
    ["pair_finished to result", 200],
    ["run_finished", 13],
  ] as const
).map(([stage, instants]) => ({ stage, instants }));
/** A run takes so many kills without becoming much longer. */
const KILLS_A_RUN = 10;

export interface Campaign {
  /** How many kills. */
  readonly rounds: number;
  readonly seed: number;
  /** Whether the project's model has any: with them every run also confirms one and measures its result. */
  readonly gains: boolean;
}

export interface Round {
  readonly run: number;
  readonly fault: Fault;
  /** The instant at which the process was killed; `null` where the run ended before it came there. */
  readonly killedAt: string | null;
  readonly problems: readonly string[];
}

/**
 * Kills processes of one project, round after round, and goes on after each: from one run into the next until there were so many
 * kills. Which instants those are follows from the seed. At the end of every run all is checked, after every kill what can be.
 */
export async function* killCampaign(
  project: FaultyProject,
  { rounds, seed, gains }: Campaign,
): AsyncGenerator<Round> {
  const random = seeded(`${seed}/kills`);
  const steps = STEPS.filter(({ stage }) => gains || !/confirm|result/.test(stage));
  let killed = 0;
  for (let run = 1; killed < rounds; run++) {
    const chosen = new Set<Step>();
    while (chosen.size < Math.min(KILLS_A_RUN, rounds - killed)) chosen.add(random.pick(steps));
    const faults: (Fault | null)[] = steps
      .filter((step) => chosen.has(step))
      // As often among the first few as among all others: what a step does first is what it is for.
      .map(({ stage, instants }) => ({ stage, number: Math.ceil(instants ** random.next()) }));
    let kills = 0;
    let before: readonly ExperimentNode[] = [];
    for (const fault of [...faults, null]) {
      const exists = (await project.project.runs()).includes(run);
      const end = await project.run(exists ? ["--resume"] : [], fault);
      const shown = fault ?? { stage: "none", number: 0 };
      if (end.code === null) {
        killed++;
        kills++;
        const stored = (await project.project.runs()).includes(run);
        const problems = stored ? await problemsAfterKill(project, run, before) : [];
        before = stored ? (await project.project.openRun(run)).nodes : [];
        yield { run, fault: shown, killedAt: end.passed.at(-1) ?? "?", problems };
        continue;
      }
      const problems =
        end.code === 0
          ? await problemsAtEnd(project, run, kills)
          : [`it ended with ${end.code}: ${tailOf(end)}`];
      yield { run, fault: shown, killedAt: null, problems };
      break;
    }
  }
}

function tailOf({ progress }: ProcessEnd): string {
  return progress.split("\n").slice(-12).join("\n");
}
