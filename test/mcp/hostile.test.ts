import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type FakeProject, testProject } from "../loop/fake-project.ts";
import { measureBaseline, openPipes, openSession } from "./agent-session.ts";

const MIB = 1024 ** 2;

/** Sends lines as they are, and gives the next line that comes back. */
function rawClient(project: FakeProject) {
  const { toServer, toClient } = openPipes(project);
  let text = "";
  return async (...lines: string[]): Promise<unknown> => {
    for (const line of lines) toServer.write(`${line}\n`);
    while (!text.includes("\n")) text += await chunkOf(toClient);
    const end = text.indexOf("\n");
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return JSON.parse(first);
  };
}

async function chunkOf(stream: Readable): Promise<string> {
  const chunk = stream.read();
  if (chunk !== null) return String(chunk);
  await once(stream, "readable");
  return "";
}

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
});

describe("a client that sends nonsense", () => {
  it("is told what is wrong with a line, and served as before", async () => {
    const send = rawClient(await testProject());
    const refused = (code: number, message: string) => ({
      jsonrpc: "2.0",
      id: null,
      error: { code, message },
    });
    expect(await send("{")).toEqual(refused(-32700, "a line is no JSON"));
    expect(await send("\0\0")).toEqual(refused(-32700, "a line is no JSON"));
    expect(await send("[".repeat(100_000))).toEqual(refused(-32700, "a line is no JSON"));
    expect(await send("[]")).toEqual(refused(-32600, "a line is no JSON-RPC message"));
    expect(await send('{"jsonrpc":"1.0","id":1,"method":"x"}')).toEqual(
      refused(-32600, "a line is no JSON-RPC message"),
    );
    expect(await send(INITIALIZE)).toMatchObject({ id: 1, result: { serverInfo: {} } });
    expect(await send('{"jsonrpc":"2.0","id":2,"method":"nothing"}')).toMatchObject({
      id: 2,
      error: { code: -32601 },
    });
  });

  it("is not read beyond the longest message that there may be", async () => {
    const send = rawClient(await testProject());
    const long = `{"jsonrpc":"2.0","id":1,"method":"${"x".repeat(17 * MIB)}"}`;
    expect(await send(long)).toMatchObject({
      id: null,
      error: { code: -32600, message: "a message is longer than 16777216 bytes" },
    });
    expect(await send(INITIALIZE)).toMatchObject({ id: 1, result: {} });
  });
});

describe("a client that asks and does not read", () => {
  it("is not listened to until it reads, and gets every answer then", async () => {
    const { toServer, toClient } = openPipes(await testProject());
    toServer.write(`${INITIALIZE}\n`);
    for (let id = 2; id <= 5000; id++)
      toServer.write(`{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`);
    await expect.poll(() => toServer.isPaused()).toBe(true);
    // And it does not listen again by itself.
    await expect.poll(() => toClient.writableNeedDrain).toBe(true);
    expect(toServer.isPaused()).toBe(true);

    const ids: number[] = [];
    for await (const line of createInterface({ input: toClient })) {
      ids.push(z.object({ id: z.number() }).parse(JSON.parse(line)).id);
      if (ids.length === 5000) break;
    }
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
  });
});

describe("a client that asks for what there is not", () => {
  it.each([
    ["show", { id: "9.9" }, "error: there is no run 9\nhint: there is 1"],
    [
      "show",
      { id: "1.7" },
      "error: there is no node 1.7\nhint: 1 has no children; `loopty tree` shows what there is",
    ],
    ["show", { id: "../../etc" }, /^error: "\.\.\/\.\.\/etc" is not a node id/],
    ["diff", { id: "1", other: "7" }, "error: there is no run 7\nhint: there is 1"],
    ["tree", { run: 7 }, "error: there is no run 7\nhint: there is 1"],
    ["tree", { verdict: "better" }, /^error: there is no verdict "better"/],
    ["wait", { since: "yesterday" }, /^error: since is no cursor/],
    ["wait", { since: "7:0" }, "error: there is no run 7\nhint: there is 1"],
    ["wait", { timeout_s: 51 }, /timeout_s/],
    ["wait", { changes: [7] }, "error: there is no change 7\nhint: status shows what is under way"],
    ["wait", { jobs: [7] }, "error: there is no job 7\nhint: status shows what is under way"],
    ["compare", { from: "1", to: "1.1" }, /^error: there is no node 1\.1/],
    ["run_start", { experiments: 3 }, /^error: tokens is needed/],
    ["run_start", {}, /experiments/],
    ["note", { id: "1", text: " " }, /text/],
    ["try", { from: "1", why: "nothing" }, /^error: say what the change is/],
    ["try", { from: "1", why: "x", patch: "p", working_tree: true }, /^error: say what/],
    ["try", { from: "1", why: "x", unknown: 1 }, /unknown/i],
    ["stop", {}, "error: no loopty is running on this project"],
  ])("%s %j", async (name, args, text) => {
    const project = await testProject();
    await measureBaseline(project);
    const { call } = await openSession(project);
    const reply = await call(name, args);
    expect(reply.isError).toBe(true);
    if (typeof text === "string") expect(reply.text).toBe(text);
    else expect(reply.text).toMatch(text);
  });
});

describe("a client that asks two hundred things at once", () => {
  it("gets an answer to each, and every change that was taken gets a verdict", async () => {
    const project = await testProject();
    await measureBaseline(project);
    const { call } = await openSession(project);
    const calls = Array.from({ length: 200 }, (_, index) =>
      index % 4 === 0
        ? call("status")
        : call("try", {
            from: "1",
            why: `cost ${index}`,
            files: [{ path: "src/cost", content: `${100 + (index % 20)}\n` }],
          }),
    );
    const replies = await Promise.all(calls);
    const taken = replies.flatMap(({ json }) =>
      json.outcome === "handed_in" ? [Number(json.change)] : [],
    );
    const others = replies.filter(({ json }) => json.outcome !== "handed_in");
    expect(others.filter(({ isError }) => isError)).toEqual([]);
    expect(taken.length).toBeGreaterThanOrEqual(15);
    expect(new Set(taken).size).toBe(taken.length);
    const { json } = await call("wait", { since: "1:0", changes: taken });
    const changes = z.array(z.object({ verdict: z.string() })).parse(json.changes);
    const verdicts = changes.map(({ verdict }) => verdict);
    expect((await project.stored(1)).nodes).toHaveLength(1 + taken.length);
    // Two that came at the same instant may both have been taken. Then one is found to be the other.
    const again = verdicts.filter((verdict) => verdict !== "worse");
    expect(verdicts.length - again.length).toBe(15);
    expect(again.every((verdict) => verdict === "duplicate")).toBe(true);
  });

  it("is told that a change is too large before anything is done with it", async () => {
    const project = await testProject();
    await measureBaseline(project);
    const { call } = await openSession(project);
    const patch = "x".repeat(5 * MIB);
    const reply = await call("try", { from: "1", why: "large", patch });
    expect(reply.isError).toBe(true);
    expect(reply.text).toMatch(/patch: Too big/);
    expect(reply.text.length).toBeLessThan(4096);
  });

  it.each([
    ["../outside", "rejected", "../outside leaves its folder with .."],
    ["/etc/passwd", "rejected", "/etc/passwd is absolute"],
    [".git/config", "rejected", ".git/config lies in .git or .loopty"],
    ["bench.sh", "policy_violation", "bench.sh: only src/ may be changed"],
    ["oracle/answer", "policy_violation", "oracle/answer: only src/ may be changed"],
    ["new", "policy_violation", "new: only src/ may be changed"],
  ])("is refused %s at once", async (path, verdict, reason) => {
    const project = await testProject();
    await measureBaseline(project);
    const { call } = await openSession(project);
    const files = [{ path, content: "1\n" }];
    expect((await call("try", { from: "1", why: "outside", files })).json).toEqual({
      outcome: "refused",
      verdict,
      reason,
      same: null,
    });
    expect((await project.stored(1)).nodes).toHaveLength(1);
  });
});
