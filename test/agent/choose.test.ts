import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Agent, AgentTask } from "../../src/agent/agent.ts";
import { chooseAgent, firstUntoldRun } from "../../src/agent/choose.ts";
import { loadConfig } from "../../src/config/load.ts";
import { NodeLease } from "../../src/core/budget/lease.ts";
import { PRICES } from "../../src/core/budget/price-table.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { says, text, use } from "../anthropic/reply.ts";
import { type Script, StrictServer } from "../anthropic/server.ts";
import { CompletionsServer } from "../completions/server.ts";
import { MINIMAL } from "../config/minimal.ts";
import { scratchFolder } from "../store/scratch.ts";
import { experimentNode, METRICS } from "./experiment-node.ts";
import { MemoryHost } from "./memory-host.ts";
import { MemorySession } from "./memory-session.ts";

const API_KEY = "sk-ant-test-0123456789abcdef";
const { signal } = new AbortController();
const PARENT = experimentNode("1", { description: "the baseline" });
const NODE = experimentNode("1.1", { verdict: "tie", reason: "no difference" });

const SCRIPT: Script = ({ turn, last }) => {
  if (last.includes("plain text")) return says(text("It held."));
  if (turn === 0) return says(use("quick_bench", {}));
  return turn === 1
    ? says(use("edit", { path: "a.c", old: "1", new: "2" }))
    : says(use("finish", { outcome: "ready", description: "Changed", hypothesis: "Better" }));
};

async function configOf(agent: string, files: Readonly<Record<string, string>> = {}) {
  const directory = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
  }
  await writeFile(join(directory, "loopty.yaml"), `${MINIMAL}agent: ${agent}\n`);
  return (await loadConfig({ directory })).config;
}

function taskWith(lease: AgentTask["lease"], id = "1.1"): AgentTask {
  return {
    id: parseId(id),
    parent: PARENT,
    nodes: [PARENT],
    metrics: METRICS,
    lease,
    readFile: async () => null,
  };
}

function leaseOf(tokens: number): NodeLease {
  return new NodeLease({
    granted: { tokens, nanoUsd: Number.MAX_SAFE_INTEGER },
    price: PRICES["claude-opus-5-5"] ?? null,
    finishTokens: 8_000,
    onSettled: () => {},
    onClosed: () => {},
  });
}

async function grow(agent: Agent, task: AgentTask) {
  const conversation = await agent.open(task);
  if (conversation === null) throw new Error("nothing to try");
  const session = new MemorySession({ "a.c": "x = 1\n" });
  const outcome = await conversation.edit(session, signal);
  const analysis = await conversation.analyse(NODE, METRICS, signal);
  return { conversation, outcome, analysis, files: session.texts };
}

describe("the agent claude", () => {
  it("works on what its run hands it, and keeps there what must outlive a kill", async () => {
    await using server = await StrictServer.start(SCRIPT, API_KEY);
    const config = await configOf("{ kind: claude, repairs: 7 }");
    const env = { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
    const host = new MemoryHost();
    const agent = await (await chooseAgent(config, env))(host);
    const lease = leaseOf(1_000_000);
    const { conversation, outcome, analysis, files } = await grow(agent, taskWith(lease));

    expect(outcome).toMatchObject({ kind: "proposed", description: "Changed" });
    expect(analysis.text).toBe("It held.");
    expect(files).toEqual({ "a.c": "x = 2\n" });
    expect([conversation.repairs, conversation.readsHistory]).toEqual([7, true]);
    expect(JSON.stringify(server.requests[0]?.body)).toContain("Start from the baseline.");
    expect(host.benched).toEqual(["1"]);
    expect(JSON.stringify(server.requests[1]?.body)).toMatch(
      /[\d,]+ tokens, 3 quick benchmarks\..*time_ms 100, no change/,
    );
    expect(host.paceState.sentAtMs).toHaveLength(server.requests.length);
    const transcript = host.transcriptOf(parseId("1.1"));
    expect(agent.paidModel).toMatchObject({ name: "claude-opus-5-5", price: { input: 4 } });
    expect(transcript && agent.paidModel?.usageIn(transcript)).toEqual({
      usage: {
        ...lease.used,
        // A lease rounds every request up to a billionth of a dollar.
        costUsd: expect.closeTo(lease.used.costUsd ?? 0, 8),
      },
      lostLines: 0,
    });
    expect(lease.used.tokens).toBe(server.billedTokens);
  });

  it("may be several models, of which each node asks and pays its own", async () => {
    const config = await configOf(
      "{ kind: claude, models: { claude-haiku-5-5: 1, claude-opus-5-5: 1 } }",
    );
    const costs: Record<string, number[]> = {};
    for (const id of ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]) {
      await using server = await StrictServer.start(SCRIPT, API_KEY);
      const env = { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
      const host = new MemoryHost();
      const agent = await (await chooseAgent(config, env))(host);
      await grow(agent, taskWith(leaseOf(1_000_000), id));
      const model = agent.modelFor?.(parseId(id));
      const name = model?.name ?? "";
      expect(server.requests.map(({ body }) => body.model)).toEqual(
        server.requests.map(() => name),
      );
      const transcript = host.transcriptOf(parseId(id));
      const usage = transcript && model?.usageIn(transcript).usage;
      costs[name] = [...(costs[name] ?? []), usage?.costUsd ?? 0];
      expect(agent.paidModel?.name).toBe("claude-opus-5-5");
    }
    const { "claude-haiku-5-5": cheap = [], "claude-opus-5-5": dear = [] } = costs;
    expect(cheap.length + dear.length).toBe(6);
    expect(Math.min(...cheap)).toBeGreaterThan(0);
    expect(Math.max(...cheap) * 10).toBeLessThan(Math.min(...dear));
  });

  it("needs a key, and tokens for every node", async () => {
    const config = await configOf("{ kind: claude }");
    await expect(chooseAgent(config, {})).rejects.toThrow("agent.kind claude needs an API key");
    const open = await chooseAgent(config, { ANTHROPIC_API_KEY: API_KEY });
    const agent = await open(new MemoryHost());
    await expect(agent.open(taskWith(null))).rejects.toThrow("node 1.1 got no tokens");
  });
});

describe("the agent api", () => {
  const script = ({ turn, last }: { readonly turn: number; readonly last: string }) => {
    if (last.includes("plain text")) return says(text("It held."));
    return turn === 0
      ? says(use("edit", { path: "a.c", old: "1", new: "2" }))
      : says(use("finish", { outcome: "ready", description: "Changed", hypothesis: "Better" }));
  };

  it("works by the server of loopty.yaml, whose model has no price", async () => {
    await using server = await CompletionsServer.start(script, { key: "" });
    const config = await configOf(
      `{ kind: api, model: local, base_url: "${server.url}", repairs: 7 }`,
    );
    // A key in the environment is for another server.
    const agent = await (await chooseAgent(config, { OPENAI_API_KEY: "sk-of-another" }))(
      new MemoryHost(),
    );
    const lease = leaseOf(1_000_000);
    const { conversation, outcome, analysis, files } = await grow(agent, taskWith(lease));
    expect(outcome).toMatchObject({ kind: "proposed", description: "Changed" });
    expect(analysis.text).toBe("It held.");
    expect(files).toEqual({ "a.c": "x = 2\n" });
    expect([conversation.repairs, conversation.readsHistory]).toEqual([7, true]);
    expect(agent.paidModel).toMatchObject({ name: "local", price: null });
    expect(lease.used.tokens).toBe(server.billedTokens);
    expect(server.requests[0]?.body).toMatchObject({ model: "local", max_tokens: 32_000 });
    expect(server.refusals).toEqual([]);
  });

  it("calls the limit of an answer what loopty.yaml does", async () => {
    const limitName = "max_completion_tokens";
    await using server = await CompletionsServer.start(script, { key: "", limitName });
    const config = await configOf(
      `{ kind: api, model: local, base_url: "${server.url}", output_limit: ${limitName} }`,
    );
    await grow(await (await chooseAgent(config, {}))(new MemoryHost()), taskWith(leaseOf(1e6)));
    expect(server.refusals).toEqual([]);
  });

  it("needs a key for OpenAI", async () => {
    const config = await configOf("{ kind: api, model: gpt }");
    await expect(chooseAgent(config, {})).rejects.toThrow("agent.kind api needs an API key");
  });
});

describe("the agent replay", () => {
  it("plays a run of the project again, without key and tokens", async () => {
    await using server = await StrictServer.start(SCRIPT, API_KEY);
    const env = { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
    const first = new MemoryHost();
    const claude = await (await chooseAgent(await configOf("{ kind: claude }"), env))(first);
    await grow(claude, taskWith(leaseOf(Number.POSITIVE_INFINITY)));
    const asked = server.requests.length;

    const host = new MemoryHost(new Map([[3, first.kept]]));
    const config = await configOf("{ kind: replay, from: 3, repairs: 4 }");
    const agent = await (await chooseAgent(config, {}))(host);
    const { conversation, outcome, files } = await grow(agent, taskWith(null));
    expect(outcome).toMatchObject({ kind: "proposed", description: "Changed" });
    expect(files).toEqual({ "a.c": "x = 2\n" });
    expect([conversation.repairs, conversation.readsHistory]).toEqual([4, true]);
    expect([agent.paidModel, server.requests.length]).toEqual([null, asked]);
    expect(await agent.open(taskWith(null, "1.2"))).toBeNull();
    await expect(
      (await chooseAgent(await configOf("{ kind: replay, from: 9 }"), {}))(host),
    ).rejects.toThrow("there is no run 9");
  });

  it("plays a run of several models again, each node by its own", async () => {
    const first = new MemoryHost();
    const live = await configOf(
      "{ kind: claude, models: { claude-haiku-5-5: 1, claude-opus-5-5: 1 } }",
    );
    const ids = ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"];
    const models: string[] = [];
    for (const id of ids) {
      await using server = await StrictServer.start(SCRIPT, API_KEY);
      const env = { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
      const agent = await (await chooseAgent(live, env))(first);
      await grow(agent, taskWith(leaseOf(Number.POSITIVE_INFINITY), id));
      models.push(agent.modelFor?.(parseId(id)).name ?? "");
    }
    expect(new Set(models).size).toBe(2);

    const host = new MemoryHost(new Map([[3, first.kept]]));
    const agent = await (await chooseAgent(await configOf("{ kind: replay, from: 3 }"), {}))(host);
    const again: string[] = [];
    for (const id of ids) {
      const { outcome, analysis, files } = await grow(agent, taskWith(null, id));
      again.push(`${id} ${outcome.kind} ${files["a.c"]} ${analysis.text}`);
    }
    expect(again).toEqual(ids.map((id) => `${id} proposed x = 2\n It held.`));
    const named = ids.map((id) => /"model":"([^"]*)"/.exec(`${host.transcriptOf(parseId(id))}`));
    expect(named.map((found) => found?.[1])).toEqual(models);
  });

  it("makes recorded edits, and reads nothing", async () => {
    const edits = `version: 1
edits: [{ parent: "1", description: two, changes: [{ path: a.c, old: "1", new: "2" }] }]
`;
    const config = await configOf("{ kind: replay, from: edits.yaml, repairs: 3 }", {
      "edits.yaml": edits,
    });
    const agent = await (await chooseAgent(config, {}))(new MemoryHost());
    const { conversation, files } = await grow(agent, taskWith(null));
    expect(files).toEqual({ "a.c": "x = 2\n" });
    expect([conversation.repairs, conversation.readsHistory, agent.paidModel]).toEqual([
      3,
      false,
      null,
    ]);
  });
});

it("tells of earlier runs what was told then", async () => {
  expect(firstUntoldRun((await configOf("{ kind: claude }")).agent, 5)).toBe(5);
  const replay = async (from: string) =>
    firstUntoldRun((await configOf(`{ kind: replay, from: ${from} }`, { "a.jsonl": "" })).agent, 5);
  expect([await replay("3"), await replay("9"), await replay("a.jsonl")]).toEqual([3, 5, 1]);
});
