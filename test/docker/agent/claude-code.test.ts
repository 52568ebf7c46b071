import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usageOfWire } from "../../../src/agent/gateway/wire-journal.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { plainClaudeCode } from "../../anthropic/claude-code.ts";
import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import { type Asked, StrictServer } from "../../anthropic/server.ts";
import { placeIn } from "../claude/scripted.ts";
import { commandProject, openCommandRun } from "./scripted-command.ts";

const KEY = "sk-ant-command-0123456789abcdef";
const bash = (command: string) => says(use("Bash", { command, description: "a step" }));
const own = (name: string, input: object) => says(use(`mcp__loopty__${name}`, input));
const finish = (description: string) =>
  bash(
    `loopty-node finish '${JSON.stringify({ outcome: "ready", description, hypothesis: "Less" })}'`,
  );

const PLAN: Readonly<Record<string, readonly Reply[]>> = {
  "1": [
    bash("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; tail -n +3 /proc/net/dev"),
    bash("echo 90 > src/size; loopty-node build; loopty-node quick_bench"),
    finish("Ten less"),
    says(text("Done.")),
  ],
  "2": [bash(": > src/size"), finish("Nothing at all"), says(text("Done."))],
  "2 repair": [bash("echo 95 > src/size"), finish("Five less"), says(text("Done."))],
  "1.1": [
    says(use("Read", { file_path: "/workspace/src/size" })),
    says(
      use("Edit", {
        file_path: "/workspace/src/size",
        old_string: "90",
        new_string: "50",
        replace_all: false,
      }),
    ),
    own("history", { id: "1.1" }),
    own("build", {}),
    own("quick_bench", {}),
    own("finish", { outcome: "ready", description: "Nearly the half of it", hypothesis: "Less" }),
    says(text("Done.")),
  ],
};

function script(asked: Asked): Reply {
  if (asked.last.includes("Answer in plain text")) {
    const verdict = /Verdict: (\w+)/.exec(asked.last)?.[1];
    return says(text(`I read that ${placeIn(asked)} is ${verdict}.`));
  }
  const place = placeIn(asked);
  // A repair goes on with the session that had these turns already.
  const reply = JSON.stringify(asked.body.messages).includes("Mend the change")
    ? PLAN[`${place} repair`]?.[asked.turn - (PLAN[place]?.length ?? 0)]
    : PLAN[place]?.[asked.turn];
  return reply ?? says(text("I have no idea."));
}

describe("a run of Claude Code", () => {
  let server: StrictServer;
  let run: Awaited<ReturnType<typeof openCommandRun>>;
  let nodes: readonly ExperimentNode[];
  const told = (id: string) =>
    server.requests
      .map(({ body }) => JSON.stringify(body.messages))
      .filter((messages) => messages.includes(`Experiment ${id}, on top of`))
      .join("\n");

  beforeAll(async () => {
    server = await StrictServer.start(script, KEY, plainClaudeCode);
    const agent = "{ kind: command, preset: claude-code, model: claude-opus-5-5 }";
    run = await openCommandRun(commandProject(agent, 3), {
      ANTHROPIC_API_KEY: KEY,
      ANTHROPIC_BASE_URL: server.url,
    });
    ({ nodes } = await run.grow("new"));
  });
  afterAll(async () => {
    await run?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("grows a tree of measured changes, made by its own tools", () => {
    expect(nodes.map(({ id, verdict, reason }) => [id, verdict, reason])).toEqual([
      ["1", null, "the root of the tree"],
      ["1.1", "improved", expect.any(String)],
      ["1.2", "improved", expect.any(String)],
      ["1.1.1", "improved", expect.any(String)],
    ]);
    expect(nodes.map(({ metrics }) => metrics.cost)).toEqual([100, 90, 95, 50]);
    expect(nodes.map(({ description }) => description).slice(1)).toEqual([
      "Ten less",
      "Five less",
      "Nearly the half of it",
    ]);
  });

  it("gives a build failure back to the same session, and benches for it in short", () => {
    expect(nodes[2]).toMatchObject({ id: "1.2", repairs: 1 });
    expect(told("1.2")).toContain("build failed on your change");
    const repair = server.requests
      .map(({ body }) => JSON.stringify(body.messages))
      .find((messages) => messages.includes("Mend the change"));
    expect(repair).toContain(": > src/size");
    expect(told("1.1")).toMatch(/cost: 100 to 90/);
  });

  it("uses loopty's own tools as tools of its own", () => {
    expect(told("1.1.1")).toContain('\\"description\\": \\"Ten less\\"');
    expect(told("1.1.1")).toContain("the build passed");
    expect(told("1.1.1")).toMatch(/cost: 90 to 50/);
  });

  it("is told the verdict, and writes its analysis", () => {
    expect(nodes.slice(1).map(({ analysis }) => analysis)).toEqual([
      "I read that 1 is improved.",
      "I read that 2 is improved.",
      "I read that 1.1 is improved.",
    ]);
  });

  it("counts just what the server billed, by node", async () => {
    expect(server.refusals).toEqual([]);
    expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(server.billedTokens);
    const stored = await run.project.project.openRun(1);
    for (const { id, usage, parent } of nodes) {
      if (parent === null) continue;
      const transcript = await stored.readNodeFile(id, "transcript.jsonl");
      expect(usageOfWire(transcript ?? Buffer.alloc(0), null), id).toMatchObject({
        usage: { tokens: usage.tokens },
        lostLines: 0,
      });
    }
  });

  it("has no network and no key in its container, nor in any record", async () => {
    expect(told("1.1")).toContain("ANTHROPIC_AUTH_TOKEN=loopty-");
    expect(told("1.1")).not.toMatch(/eth\d/);
    expect(JSON.stringify(server.requests)).not.toContain(KEY);
    const grep = promisify(execFile)("grep", ["-rlF", KEY, run.project.directory]);
    await expect(grep).rejects.toMatchObject({ code: 1, stdout: "" });
  });
});
