import { writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitRepositories } from "../../src/store/git/repositories.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { testProject } from "../loop/fake-project.ts";
import { measureBaseline, openSession, PROTOCOLS } from "./agent-session.ts";

describe("an agent's session", () => {
  it("says what comes first where there is no run yet, whatever is asked for", async () => {
    const project = await testProject();
    const world = fakeWorld(project.directory, { processes: project.newProcess() });
    const { call } = await openSession(project, "current", null, world);
    const first =
      "doctor checks the project, then run_start { experiments: 0 } measures the baseline";
    expect((await call("status")).text).toBe(`loopty was never run here: ${first}`);
    await call("doctor");
    expect((await call("status")).text.split("\n")).toEqual([
      `loopty was never run here: ${first}`,
      "",
      "nothing works on this project now",
      "job 1 examines the project: starting",
    ]);
    const files = [{ path: "src/cost", content: "80\n" }];
    const asked: readonly (readonly [string, Record<string, unknown>])[] = [
      ["tree", {}],
      ["show", { id: "root" }],
      ["diff", { id: "1.1" }],
      ["context", { id: "champion" }],
      ["try", { from: "root", why: "cost less", files }],
      ["compare", { from: "root", to: "champion" }],
      ["reproduce", { id: "1" }],
      ["note", { id: "root", text: "faster" }],
      ["pin", { id: "1" }],
      ["apply", { id: "champion" }],
    ];
    for (const [name, args] of asked) {
      const { isError, text } = await call(name, args);
      expect([name, isError, text]).toEqual([
        name,
        true,
        `error: loopty was never run here\nhint: ${first}`,
      ]);
    }
  });

  it.each(PROTOCOLS)("hands changes in and gets their verdicts, by %s", async (protocol) => {
    const project = await testProject();
    await measureBaseline(project);
    const { client, call } = await openSession(project, protocol);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ..."status tree show diff context try wait run_start".split(" "),
      ..."compare reproduce doctor note pin freeze stop init_check apply".split(" "),
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

  it("is told a comparison in the words of verdicts", async () => {
    const project = await testProject();
    await measureBaseline(project);
    const metrics = [
      {
        name: "cost",
        value: 90,
        against: 100,
        gain: 100 / 90 - 1,
        gainLow: 0.1,
        gainHigh: 0.125,
        pBetter: 0,
      },
    ];
    const world = fakeWorld(project.directory, {
      processes: project.newProcess(),
      startDetached: (_args, folder) => {
        const comparison = { against: "1", pairs: 20, metrics };
        const printed = { from: "1", to: "1", comparison, unseen: [] };
        writeFileSync(join(folder, "stdout"), JSON.stringify(printed));
        writeFileSync(join(folder, "ended"), "0\n");
      },
    });
    const { call } = await openSession(project, "current", null, world);
    await call("compare", { from: "root", to: "root" });
    expect((await call("wait", { jobs: [1] })).text.split("\n").slice(0, 3)).toEqual([
      "job 1 compares 1 with 1: ended with exit code 0",
      "1 against 1, 20 fresh pairs:",
      "  cost -10.0 % (interval -11.1 % to -9.1 %)",
    ]);
  });

  it("tries the writable files as they stand in the person's workspace, and nothing else of it", async () => {
    const project = await testProject({ repositories: gitRepositories(process.env.PATH ?? "") });
    await measureBaseline(project);
    const { call } = await openSession(project);
    await writeFile(join(project.directory, "src/cost"), "70\n");
    await writeFile(join(project.directory, "src/new"), "1\n");
    await writeFile(join(project.directory, "bench.sh"), "echo forged\n");
    const mine = { from: "root", why: "what I have here", working_tree: true };
    const { json } = await call("try", mine);
    expect(json).toMatchObject({ outcome: "handed_in", change: 1, from: "1" });
    await call("wait", { since: json.cursor, changes: [1] });
    const shown = await call("show", { id: "1.1" });
    expect(shown.json).toMatchObject({ verdict: "improved", metrics: { cost: 70 } });
    const { json: changed } = await call("diff", { id: "1.1" });
    expect(JSON.stringify(changed).match(/(?<=diff --git a\/)\S+/g)).toEqual([
      "src/cost",
      "src/new",
    ]);
    // The same once more is none.
    expect((await call("try", mine)).json).toMatchObject({
      outcome: "refused",
      verdict: "duplicate",
    });
  });

  it.each(PROTOCOLS)(
    "applies a node when the person says so, and not otherwise, by %s",
    async (protocol) => {
      const project = await testProject({ repositories: gitRepositories(process.env.PATH ?? "") });
      await measureBaseline(project);
      const cost = () => readFile(join(project.directory, "src/cost"), "utf8");
      const asked: string[] = [];
      const session = async (answer: boolean | null) =>
        openSession(
          project,
          protocol,
          answer === null ? null : (question) => asked.push(question) > 0 && answer,
        );
      const { call } = await session(null);
      const files = [{ path: "src/cost", content: "80\n" }];
      const { json } = await call("try", { from: "1", why: "cost less", files });
      await call("wait", { since: json.cursor, changes: [1] });

      expect((await call("apply", { id: "champion" })).text).toBe(
        "ask the person to type: loopty apply 1.1",
      );
      const refused = await (await session(false)).call("apply", { id: "1.1" });
      expect(refused.json).toEqual({ applied: false, command: "loopty apply 1.1" });
      expect(await cost()).toBe("100\n");
      const applied = await (await session(true)).call("apply", { id: "1.1" });
      expect(applied).toMatchObject({ isError: false });
      expect(await cost()).toBe("80\n");
      const question = "Write the change of 1.1 (cost less) into your files?";
      expect(asked).toEqual([question, question]);
    },
  );

  it.each(PROTOCOLS)(
    "reads trees, changes, logs and files by their address, by %s",
    async (protocol) => {
      const project = await testProject();
      await measureBaseline(project);
      const { client, call } = await openSession(project, protocol);
      const files = [{ path: "src/cost", content: "80\n" }];
      const { json } = await call("try", { from: "1", why: "cost less", files });
      await call("wait", { since: json.cursor, changes: [1] });
      const read = async (uri: string) => (await client.readResource({ uri })).contents;
      expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(5);
      expect(await read("loopty://node/1.1/file/src/cost")).toEqual([
        { uri: "loopty://node/1.1/file/src/cost", mimeType: "text/plain", text: "80\n" },
      ]);
      expect(await read("loopty://node/1.1/log/build")).toMatchObject([{ text: "built\n" }]);
      expect(await read("loopty://node/1.1/diff")).toMatchObject([{ mimeType: "text/x-diff" }]);
      const [tree] = await read("loopty://run/1/tree");
      expect(
        JSON.parse(tree !== undefined && "text" in tree ? String(tree.text) : ""),
      ).toMatchObject({
        champion: "1.1",
      });
      for (const address of [
        "node/1.1/log/verify",
        "node/1.1/log/bench",
        "node/1.1/metrics",
        "node/1.1/file/oracle/answer",
        "node/1.1/file/../../../etc/passwd",
        "node/9/diff",
        "run/x/tree",
      ]) {
        await expect(read(`loopty://${address}`), address).rejects.toThrow();
      }
    },
  );
});
