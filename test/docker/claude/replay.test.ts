import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportRecording } from "../../../src/cli/export/recording.ts";
import { UserError } from "../../../src/core/error.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { says, text, thinking, use } from "../../anthropic/reply.ts";
import {
  abandon,
  edits,
  exampleFiles,
  follow,
  openScripted,
  type Plan,
  ready,
  type Scripted,
} from "./scripted.ts";

const SHIPPED = fileURLToPath(
  new URL("../../../examples/circle-packing/recorded.jsonl", import.meta.url),
);
const GRID = `    # A little less than half the distance: places are rounded, and circles may not overlap by anything.
    radius = 1 / 12 - 1e-12
    places = [(column, row) for row in range(5) for column in range(6)]
    return [((2 * column + 1) / 12, (2 * row + 1) / 12, radius) for column, row in places[:COUNT]]
`;
const FIVES = `    radius = 1 / 10 - 1e-12
    circles = [((2 * column + 1) / 10, (2 * row + 1) / 10, radius) for row in range(5) for column in range(5)]
    # The last one lies in the gap between four others.
    return [*circles, (0.2, 0.2, (2**0.5 - 1) / 10 - 1e-12)]
`;
const PLAN: Plan = {
  "": [
    [
      says(thinking("A look first."), use("view", { path: "pack.py" })),
      says(
        text(
          "Six columns waste the top row: 25 circles of radius 1/10 and one in a gap give 2.541.",
        ),
        use("edit", { path: "pack.py", old: GRID, new: FIVES }),
        use("build", {}),
        use("quick_bench", {}),
      ),
      ready("Five rows of five, and one in a gap"),
    ],
    [
      edits("pack.py", "1 / 12 - 1e-12", "1 / 12"),
      ready("Circles that touch"),
      edits("pack.py", "radius = 1 / 12\n", "radius = 1 / 12 - 1e-13\n"),
      ready("Circles that nearly touch"),
    ],
  ],
  "1": [
    [
      edits("pack.py", "radius = 1 / 10 - 1e-12", "radius = 1 / 10 - 1e-15"),
      ready("Shrink by less"),
    ],
    [{ kind: "message", content: [text("No.")], stopReason: "refusal" }],
  ],
  "1.1": [
    [says(use("run", { command: "wc -l < /loopty/experiments.jsonl" })), abandon("no other grid")],
  ],
};

const adapt = (agent: string) => (yaml: string) =>
  yaml
    .replace(/^name: .*$/m, `name: claude-${crypto.randomUUID().slice(0, 8)}`)
    .replace(/^agent: .*$/m, `agent: ${agent}`)
    .replace("experiments: 30", "experiments: 6");
const LIVE = "{ kind: claude, model: claude-opus-5-5 }";

/** What a replay gives again. */
function essence(nodes: readonly ExperimentNode[]) {
  return nodes.map(({ id, verdict, description, analysis, metrics, repairs }) => ({
    place: id.split(".").slice(1).join("."),
    ...{ verdict, description, analysis, metrics, repairs },
  }));
}

/** To record what is shipped anew: RECORD=1 npx vitest run --project docker test/docker/claude/replay.test.ts */
async function ship(recording: string): Promise<void> {
  await copyFile(recording, SHIPPED);
  const [head = "", ...lines] = (await readFile(SHIPPED, "utf8")).split("\n");
  const marked = {
    ...JSON.parse(head),
    about:
      "circle-packing against the strict server of loopty's tests: answers of a script, not of a model",
  };
  await writeFile(SHIPPED, [JSON.stringify(marked), ...lines].join("\n"));
}

describe("a recorded run of Claude", () => {
  let scripted: Scripted;
  let live: readonly ExperimentNode[];
  const yaml = () => join(scripted.project.directory, "loopty.yaml");
  const useAgent = async (agent: string) =>
    writeFile(yaml(), (await readFile(yaml(), "utf8")).replace(/^agent: .*$/m, `agent: ${agent}`));

  beforeAll(async () => {
    scripted = await openScripted(await exampleFiles("circle-packing", adapt(LIVE)), follow(PLAN));
    ({ nodes: live } = await scripted.grow("new"));
    const recording = join(scripted.project.directory, "live.jsonl");
    await exportRecording(scripted.world(), { id: "1", recording });
    if (process.env.RECORD !== undefined) await ship(recording);
  });
  afterAll(async () => scripted?.[Symbol.asyncDispose]());

  it("is played again by the number of its run, at no cost and with nobody asked", async () => {
    const asked = scripted.server.requests.length;
    await useAgent("{ kind: replay, from: 1 }");
    const { nodes, ending } = await scripted.grow("new");
    expect(essence(nodes)).toEqual(essence(live));
    expect(nodes.map(({ id }) => id.split(".")[0])).toEqual(nodes.map(() => "2"));
    expect(nodes.filter(({ usage }) => usage.tokens > 0)).toEqual([]);
    expect(scripted.server.requests).toHaveLength(asked);
    expect(ending.reason).toBe("budget_spent");
  });

  it("stops where a request is another one", async () => {
    await useAgent("{ kind: replay, from: live.jsonl }");
    await writeFile(
      yaml(),
      (await readFile(yaml(), "utf8")).replace("Find places", "Search places"),
    );
    const replay = scripted.grow("new");
    await expect(replay).rejects.toThrow(UserError);
    await expect(replay).rejects.toThrow(
      /request 1 is not the one recorded in live\.jsonl, node 1: .*"…?[^"]*Search places/,
    );
  });
});

describe("examples/circle-packing/recorded.jsonl", () => {
  it("plays without a key, from the baseline's grid to a better one", async () => {
    const files = await exampleFiles(
      "circle-packing",
      adapt("{ kind: replay, from: recorded.jsonl }"),
    );
    const silent = () => {
      throw new Error("a replay must not ask anybody");
    };
    await using scripted = await openScripted(files, silent);
    const { nodes } = await scripted.grow("new");
    const verdicts = Object.fromEntries(nodes.map(({ id, verdict }) => [id, verdict]));
    expect(verdicts).toMatchObject({
      "1": null,
      "1.1": "improved",
      "1.1.2": "refused",
      "1.1.1.1": "abandoned",
    });
    expect(nodes[1]?.metrics.sum_radii).toBeCloseTo(2.5414, 4);
    expect(nodes.find(({ id }) => id === "1.2")).toMatchObject({ repairs: 1 });
  });
});
