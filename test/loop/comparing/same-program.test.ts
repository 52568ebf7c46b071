import { describe, expect, it } from "vitest";
import { optimize } from "../../../src/loop/optimize.ts";
import { costProgram } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

/** What its build makes is the number in src/k.c, whatever else stands there. */
async function growWith(kernels: readonly (readonly [path: string, text: string])[]) {
  const program = costProgram();
  const agent = new IdeaAgent(({ id, parent }) => {
    const found = parent.parent === null ? kernels[Number(id.split(".")[1]) - 1] : undefined;
    return found === undefined ? null : { write: { "src/k.c": "0.8\n", [found[0]]: found[1] } };
  });
  const project = await testProject({
    yaml: "search: { policy: breadth }\n",
    files: { "src/k.c": "1\n" },
    program: {
      ...program,
      build: (files) => ({
        ...program.build(files),
        outputDigest: String(Number.parseFloat(files["src/k.c"] ?? "")),
      }),
    },
  });
  return project.withRun(agent, "new", async (run, signal) => {
    await optimize(run, signal);
    const benchmarks = project.events.filter(({ type }) => type === "pair_finished").length;
    const nodes = run.records.store.nodes.map(
      ({ id, verdict, reason, duplicateOf }) =>
        `${id} ${verdict}${duplicateOf === null ? "" : ` of ${duplicateOf}: ${reason}`}`,
    );
    return { nodes, benchmarks };
  });
}

describe("a build that makes the same as another node's", () => {
  it("is not measured again, and names the node", async () => {
    const { nodes } = await growWith([
      ["src/k.c", "0.8\n"],
      ["src/k.c", "0.8 // the same once it is compiled\n"],
      ["src/k.c", "1 // as the baseline\n"],
    ]);
    expect(nodes).toEqual([
      "1 null",
      "1.1 improved",
      "1.2 duplicate of 1.1: its build made the same as that of 1.1, which was improved",
      "1.3 duplicate of 1: its build made the same as that of 1, the baseline",
    ]);
  });

  it("is measured where a file differs that the program may read", async () => {
    const { nodes } = await growWith([
      ["src/k.c", "0.8\n"],
      ["src/table.txt", "1\n"],
    ]);
    expect(nodes).toEqual(["1 null", "1.1 improved", "1.2 improved"]);
  });

  it("is measured as long as no build made anything else", async () => {
    const { nodes } = await growWith([["src/k.c", "1 // as the baseline\n"]]);
    expect(nodes).toEqual(["1 null", "1.1 tie"]);
  });
});
