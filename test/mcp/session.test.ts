import { describe, expect, it } from "vitest";
import { testProject } from "../loop/fake-project.ts";
import { measureBaseline, openSession, PROTOCOLS } from "./agent-session.ts";

describe("an agent's session", () => {
  it.each(PROTOCOLS)("hands changes in and gets their verdicts, by %s", async (protocol) => {
    const project = await testProject();
    await measureBaseline(project);
    const { client, call } = await openSession(project, protocol);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ..."status tree show diff context try wait run_start".split(" "),
      ..."compare reproduce doctor note pin freeze stop".split(" "),
    ]);

    const better = await call("try", {
      from: "root",
      why: "cost less",
      files: [{ path: "src/cost", content: "80\n" }],
    });
    expect(better.json).toMatchObject({ outcome: "handed_in", change: 1, from: "1" });
    const worse = await call("try", {
      from: "1",
      why: "cost more",
      files: [
        { path: "src/cost", content: "90\n" },
        { path: "src/more", content: "2\n" },
      ],
    });
    expect(worse.json).toMatchObject({ outcome: "handed_in", change: 2 });

    const waited = await call("wait", { since: better.json.cursor, changes: [1, 2] });
    expect(waited.json).toMatchObject({
      changes: [
        { change: 1, node: "1.1", state: "finished", verdict: "improved" },
        { change: 2, node: "1.2", state: "finished", verdict: "worse" },
      ],
    });
    const shown = await call("show", { id: "champion" });
    expect(shown.json).toMatchObject({ id: "1.1", description: "cost less", order: 1 });
  });
});
