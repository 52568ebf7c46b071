import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { wholeUsage } from "../../../src/core/budget/lease.ts";
import { PRICES } from "../../../src/core/budget/price-table.ts";
import { breaksOff } from "../../anthropic/reply.ts";
import { type Script, StrictServer } from "../../anthropic/server.ts";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { API_KEY, edits, follow, placeIn, ready } from "./scripted.ts";

const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const BUDGET_TOKENS = 400_000;
const PLAN = {
  "": [
    [edits("src/size", "100", "90"), ready("Smaller")],
    [edits("src/size", "100", "80"), ready("Smaller still")],
  ],
};
const tree = z.object({
  nodes: z.array(
    z.looseObject({
      id: z.string(),
      verdict: z.string().nullable(),
      usage: z.object({ tokens: z.number(), costUsd: z.number().nullable() }),
    }),
  ),
});

describe("a run of Claude that is killed with kill -9 in the middle of a stream", () => {
  let project: TestProject;
  let server: StrictServer;
  /** Called when the first stream of experiment 1.1 that stalls was begun. */
  let onStall: () => void = () => {};
  const script: Script = (asked) => {
    const reply = follow(PLAN)(asked);
    if (placeIn(asked) !== "1" || asked.turn !== 1) return reply;
    onStall();
    return breaksOff(reply, "only_pings", 4);
  };
  beforeAll(async () => {
    server = await StrictServer.start(script, API_KEY);
    const files = shellProject();
    const yaml = (files["loopty.yaml"] ?? "")
      .replace(/^agent: .*$/m, "agent: { kind: claude }")
      .replace(/^budget: .*$/m, `budget: { tokens: ${BUDGET_TOKENS}, experiments: 2 }`);
    project = await openTestProject({ ...files, "loopty.yaml": yaml });
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  function start(...args: readonly string[]) {
    const env = { ...process.env, ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: server.url };
    const child = spawn(process.execPath, [MAIN, "run", ...args], { cwd: project.directory, env });
    let progress = "";
    child.stderr.on("data", (chunk: Buffer) => {
      progress += chunk.toString("utf8");
    });
    const ended = new Promise<{ readonly code: number | null; readonly progress: string }>(
      (resolve) => child.on("close", (code) => resolve({ code, progress })),
    );
    return { child, ended };
  }
  const fileOfRun = (name: string) =>
    readFile(join(project.directory, ".loopty/runs/1", name), "utf8");
  const nodes = async () => tree.parse(JSON.parse(await fileOfRun("tree.json"))).nodes;

  it("counts the request without an answer whole, and goes on within its budget", {
    timeout: 400_000,
  }, async () => {
    const stalled = new Promise<void>((resolve) => {
      onStall = resolve;
    });
    const { child, ended } = start();
    await Promise.race([stalled, ended]);
    child.kill("SIGKILL");
    expect((await ended).code, (await ended).progress).toBeNull();
    expect((await nodes()).at(-1)).toMatchObject({ id: "1.1", phase: "reserved" });
    const billedBefore = server.billedTokens;

    const end = await start("--resume").ended;
    expect(end.code, end.progress).toBe(0);
    const [, interrupted, next] = await nodes();
    expect(interrupted).toMatchObject({ id: "1.1", verdict: "interrupted" });
    expect(next).toMatchObject({
      id: "1.2",
      verdict: expect.stringMatching(/^(improved|confirmed)$/),
    });

    const lines = (await fileOfRun("nodes/1.1/transcript.jsonl")).trimEnd().split("\n");
    const last = z
      .object({
        type: z.literal("request"),
        reserved: z.object({ input: z.number(), output: z.number() }),
      })
      .parse(JSON.parse(lines.at(-1) ?? ""));
    const [first] = server.requests;
    const answered =
      (first?.billed?.input ?? 0) + (first?.billed?.cacheWrite ?? 0) + (first?.billed?.output ?? 0);
    const whole = wholeUsage(last.reserved, PRICES["claude-opus-5-5"] ?? null);
    expect(interrupted?.usage.tokens).toBe(answered + whole.tokens);
    expect(interrupted?.usage.costUsd).toBeGreaterThan(whole.costUsd ?? 0);
    expect(interrupted?.usage.tokens).toBeGreaterThanOrEqual(billedBefore);

    const used = (await nodes()).reduce((sum, { usage }) => sum + usage.tokens, 0);
    expect(used).toBeGreaterThanOrEqual(server.billedTokens);
    expect(used).toBeLessThanOrEqual(BUDGET_TOKENS);
  });
});
