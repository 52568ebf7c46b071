import { describe, expect } from "vitest";
import { optimize } from "../../../src/loop/optimize.ts";
import { testProject } from "../../loop/fake-project.ts";
import { IdeaAgent } from "../../loop/idea-agent.ts";
import { costProgram, type FakeProgram } from "../../sandbox/fake/fake-program.ts";
import { attack } from "../attack.ts";

const HONEST = "claims 100\ntakes 1000\n";

/** Its benchmark says what a file claims, and takes as long as the file says: each run a little more or less. */
function liarsProgram(header: string): FakeProgram {
  const own = costProgram();
  return {
    ...own,
    benchmark: (files, random) => {
      const text = files["src/cost"] ?? "";
      const noise = Math.exp(0.01 * (random.next() - 0.5));
      const number = (word: string) =>
        noise * Number(new RegExp(`${word} (\\S+)`).exec(text)?.[1] ?? 0);
      const rows = [`iteration,${header}\n`, `1,${number("claims")}\n`];
      return { ...own.benchmark(files, random), durationMs: number("takes"), rows };
    },
  };
}

/** The verdict on a child that claims and takes this. */
async function verdictOn(
  child: { readonly claims: number; readonly takes: number },
  { header, metrics }: { readonly header: string; readonly metrics: string },
) {
  const project = await testProject({
    program: liarsProgram(header),
    files: { "src/cost": HONEST },
    yaml: `metrics: { ${metrics} }\nbudget: { experiments: 1 }\n`,
  });
  const text = `claims ${child.claims}\ntakes ${child.takes}\n`;
  const agent = new IdeaAgent(({ id }) => (id === "1.1" ? { write: { "src/cost": text } } : null));
  await project.withRun(agent, "new", (run, signal) => optimize(run, signal));
  const node = (await project.stored(1)).nodes.find(({ id }) => id === "1.1");
  return { verdict: node?.verdict, gain: node?.comparison?.metrics[0]?.gain ?? 0 };
}

describe("what nobody times", () => {
  const TIME = "time_ms (lower is better)";
  const RATE = "words_per_s";

  attack(
    {
      case: "150",
      title:
        "work outside of the clock that is left out or moved there, and rates that are made up",
      outcome:
        "with wall_ms as what wins, a child gets what the whole run gained; as a guard, no more time",
    },
    async () => {
      const wins = "select: [wall_ms]";
      const guards = 'guards: { wall_ms: "5%" }';

      // Warm-up of 50 ms is left out, and claimed as half of the time.
      const skipped = { claims: 50, takes: 950 };
      expect(
        (await verdictOn(skipped, { header: TIME, metrics: "min_effect: 0.5%" })).gain,
      ).toBeCloseTo(1, 1);
      expect((await verdictOn(skipped, { header: TIME, metrics: wins })).gain).toBeCloseTo(
        0.053,
        2,
      );

      // Nothing is done, and ten times the rate is claimed.
      const forged = { claims: 1000, takes: 1000 };
      expect(
        (await verdictOn(forged, { header: RATE, metrics: "min_effect: 0.5%" })).gain,
      ).toBeCloseTo(9, 0);
      expect(await verdictOn(forged, { header: RATE, metrics: wins })).toMatchObject({
        verdict: expect.stringMatching(/^(no_gain|tie)$/),
      });

      // Work is done before the clock starts, and takes longer there.
      const moved = { claims: 10, takes: 1200 };
      expect(
        (await verdictOn(moved, { header: TIME, metrics: "min_effect: 0.5%" })).verdict,
      ).toMatch(/improved|confirmed/);
      expect((await verdictOn(moved, { header: TIME, metrics: guards })).verdict).toBe("worse");
      return 3;
    },
  );
});
