import { campaign } from "./campaign.ts";

/** Few for every change's tests; `npm run simulate` asks for more. */
const FEW = 30;
/** Seeds that once found a fault: a repair killed between its files and its record. */
const FOUND = [109, 143];

export interface Share {
  /** Further machines of every run. */
  readonly machines?: readonly string[];
  /** Of so many test files that run side by side. */
  readonly of: number;
  /** Counted from 0. */
  readonly part: number;
}

/** Plays every seed of a share. The problems are sentences that begin with the seed. */
export async function playSeeds({ of, part, machines = [] }: Share): Promise<string[]> {
  const count = Number(process.env.LOOPTY_SIMULATE_SEEDS ?? FEW);
  const first = Number(process.env.LOOPTY_SIMULATE_FIRST ?? 0);
  const problems: string[] = [];
  const sum = { seeds: 0, kills: 0, steps: 0 };
  const found = FOUND.filter((seed) => count === FEW && seed % of === part);
  const seeds = Array.from({ length: count }, (_, i) => first + i).filter(
    (_, i) => i % of === part,
  );
  for (const seed of [...seeds, ...found]) {
    const played = await campaign(String(seed), machines);
    sum.seeds++;
    sum.kills += played.kills;
    sum.steps += played.steps;
    problems.push(...played.problems.map((problem) => `seed ${seed}: ${problem}`));
  }
  console.log(`${sum.seeds} runs, ${sum.kills} kills, ${sum.steps} steps`);
  return problems;
}
