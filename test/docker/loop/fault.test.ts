import { describe, expect, it } from "vitest";
import { openFaultyProject } from "./faulty-project.ts";
import { killCampaign } from "./kill-campaign.ts";

const rounds = Number(process.env.LOOPTY_KILL_ROUNDS ?? 10);
const seed = Number(process.env.LOOPTY_KILL_SEED ?? 1);
const MINUTES_A_ROUND = 3;
/** Confirming a gain and measuring the result take forty seconds of containers: that is for whoever has time for many rounds. */
const gains = rounds > 10;

describe(`a run that is killed with kill -9 ${rounds} times, at instants drawn by the seed ${seed}`, () => {
  it("loses nothing, pays for nothing twice and leaves nothing behind", {
    timeout: rounds * MINUTES_A_ROUND * 60_000,
  }, async () => {
    await using project = await openFaultyProject({ gains });
    const instants = new Set<string>();
    const problems: string[] = [];
    let kills = 0;
    for await (const round of killCampaign(project, { rounds, seed, gains })) {
      const { run, killedAt } = round;
      if (killedAt !== null) {
        kills++;
        instants.add(killedAt);
      }
      const what = killedAt === null ? "ended" : `killed at ${killedAt}`;
      console.log(`${kills}/${rounds} run ${run} ${what}: ${round.problems.join("; ") || "whole"}`);
      problems.push(...round.problems.map((problem) => `run ${run} ${what}: ${problem}`));
    }
    console.log(
      `${kills} kills at ${instants.size} different instants: ${problems.length} problems`,
    );
    expect(problems).toEqual([]);
    expect(kills).toBe(rounds);
  });
});
