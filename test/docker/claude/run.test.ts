import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { usageOfJournal } from "../../../src/agent/conversation/recording/journal.ts";
import { entriesIn } from "../../../src/agent/conversation/recording/recording.ts";
import { context } from "../../../src/cli/commands/looking/context.ts";
import { type NodeId, parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { listImages } from "../../../src/sandbox/clean-up/image-removal.ts";
import { says, text, use } from "../../anthropic/reply.ts";
import {
  API_KEY,
  abandon,
  edits,
  exampleFiles,
  follow,
  openScripted,
  type Plan,
  ready,
  type Scripted,
} from "./scripted.ts";

const KERNEL = "src/matmul.c";
const FAST_ORDER = edits(KERNEL, "#define LOOP_ORDER 0", "#define LOOP_ORDER 1");
const UNROLLED = edits(KERNEL, "#define UNROLL 1 ", "#define UNROLL 8 ");
const PLAN: Plan = {
  "": [
    [says(use("view", { path: KERNEL, end: 12 })), FAST_ORDER, ready("Walk along the rows of b")],
    [
      edits(KERNEL, "#define LOOP_ORDER 0", "#error no order\n#define LOOP_ORDER 1"),
      ready("Rows, and half of the loop"),
      // Without a change to the program it would be a duplicate of 1.1.
      edits(KERNEL, "#error no order\n", "#undef UNROLL\n#define UNROLL 2\n"),
      ready("Rows of b, and two terms at once"),
    ],
    [{ kind: "message", content: [text("No.")], stopReason: "refusal" }],
    [FAST_ORDER, ready("Walk along the rows of b, once more")],
    [
      says(use("run", { command: "ln -s /etc/passwd src/kernels/fast.c" })),
      ready("A kernel from elsewhere"),
    ],
  ],
  "1": [
    [
      says(
        use("run", {
          command:
            "env; wc -l < /loopty/experiments.jsonl; echo x >> /loopty/experiments.jsonl; echo x > Makefile; ls oracle",
        }),
      ),
      says(use("run", { command: 'tr "\\0" "\\n" < /proc/1/environ; id -u' })),
      UNROLLED,
      ready("Eight terms of the sum at once"),
    ],
    [says(text("I think.")), says(text("I still think.")), says(text("Thinking."))],
    [abandon("memory bandwidth is the limit")],
  ],
};

function matmulYaml(experiments: number): string {
  return `
name: claude-${crypto.randomUUID().slice(0, 8)}
statement: Make matmul() in src/matmul.c faster.
access: { writable: [src/matmul.c, src/kernels/], hidden: [oracle/] }
commands: { build: make bench verify, verify: make test, benchmark: ./bench }
agent: { kind: claude, max_failures: 9 }
search: { policy: breadth, max_children: 5, max_depth: 2 }
context: all
budget: { tokens: 3_000_000, experiments: ${experiments} }
rate_limit: { experiments: none, requests: none }
`;
}

describe("a run of Claude on examples/matmul", () => {
  let scripted: Scripted;
  let nodes: readonly ExperimentNode[];
  const node = (id: string) => {
    const found = nodes.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  };
  const open = () => scripted.project.project.openRun(1);
  const transcriptOf = async (id: NodeId) =>
    (await (await open()).readNodeFile(id, "transcript.jsonl"))?.toString() ?? "";
  /** What the server was told in the experiment of an id. */
  const toldIn = (id: string) =>
    scripted.server.requests
      .map(({ body }) => body.messages)
      .filter(([first]) => JSON.stringify(first).includes(`Experiment ${id}, on top of`));
  const lastWords = (id: string) => JSON.stringify(toldIn(id).map((messages) => messages.at(-1)));

  beforeAll(async () => {
    const files = await exampleFiles("matmul", () => matmulYaml(8));
    scripted = await openScripted(files, follow(PLAN));
    ({ nodes } = await scripted.grow("new"));
  });
  afterAll(async () => scripted?.[Symbol.asyncDispose]());

  it("gives every kind of experiment its verdict, over two levels", () => {
    expect(Object.fromEntries(nodes.map(({ id, verdict }) => [id, verdict]))).toEqual({
      "1": null,
      "1.1": "improved",
      "1.2": "improved",
      "1.3": "refused",
      "1.4": "duplicate",
      "1.5": "policy_violation",
      "1.1.1": "improved",
      "1.2.1": "abandoned",
      "1.1.2": "abandoned",
    });
    expect(node("1.4").duplicateOf).toBe("1.1");
    expect(node("1.5").reason).toContain("src/kernels/fast.c");
    expect(node("1.1.2").reason).toContain("3 answers in a row used no tool");
  });

  it("hands the build failure back inside the node", async () => {
    expect(node("1.2")).toMatchObject({
      repairs: 1,
      description: "Rows of b, and two terms at once",
    });
    expect(lastWords("1.2")).toContain("#error no order");
    expect(lastWords("1.2")).toContain("You are in a new container with your files");
  });

  it("keeps what the model learnt, and tells it to those that come after", () => {
    expect(node("1.1")).toMatchObject({
      description: "Walk along the rows of b",
      hypothesis: "Less work, so faster",
      analysis: "It did what 1 was meant to do.",
    });
    expect(lastWords("1.1")).toMatch(/Verdict: improved .*time_ms/);
    expect(JSON.stringify(toldIn("1.1.2")[0])).toContain("It did what 1 was meant to do.");
    expect(JSON.stringify(toldIn("1.1.2")[0])).toContain("Eight terms of the sum at once");
  });

  it("has a transcript for every conversation, and says how each one ended", async () => {
    for (const { id, parent } of nodes) {
      if (parent === null) continue;
      const { entries } = entriesIn(await transcriptOf(id));
      expect(entries[0], id).toMatchObject({ type: "opened", id });
      expect(entries.at(-1)?.type, id).toBe("outcome");
    }
  });

  it("counts just what the server billed, node by node and request by request", async () => {
    const { refusals, billedTokens } = scripted.server;
    expect(refusals).toEqual([]);
    expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(billedTokens);
    for (const { id, usage, parent } of nodes) {
      if (parent === null) continue;
      const journaled = usageOfJournal(entriesIn(await transcriptOf(id)).entries, null);
      expect(journaled.tokens, id).toBe(usage.tokens);
      expect(usage.costUsd, id).toBeGreaterThan(0);
    }
  });

  it("lets the agent read the history and write its own files alone", () => {
    const told = lastWords("1.1.1");
    // The baseline, five children of it, and itself.
    expect(told).toMatch(/\\n7\\n/);
    expect(told).toMatch(/experiments\.jsonl: (Read-only file system|Permission denied)/);
    expect(told).toMatch(/Makefile: Read-only file system/);
    expect(told).toMatch(/oracle.*No such file or directory/);
  });

  it("keeps the key out of containers, images, records and prompts", async () => {
    const { project, server } = scripted;
    expect(lastWords("1.1.1")).toContain("HOME=");
    expect(JSON.stringify(server.requests)).not.toContain(API_KEY);
    const grep = promisify(execFile)("grep", ["-rlF", API_KEY, project.directory]);
    await expect(grep).rejects.toMatchObject({ code: 1, stdout: "" });
    const { docker } = project.engine;
    const images = await listImages(project.engine, project.project.projectId);
    expect(images.length).toBeGreaterThan(nodes.length / 2);
    for (const { id } of images) {
      const image = docker.getImage(id);
      expect(JSON.stringify([await image.inspect(), await image.history()])).not.toContain(API_KEY);
    }
  });

  it("shows beforehand what the next experiment is told, to the byte, before its budget", async () => {
    const { project, server, world } = scripted;
    const asked = world();
    await context(asked, { id: "1.2", json: true });
    const shown = z
      .object({ id: z.string(), system: z.string(), shared: z.string(), task: z.string() })
      .parse(asked.stdout.json);
    expect(shown.id).toBe("1.2.2");

    const path = join(project.directory, "loopty.yaml");
    const yaml = await readFile(path, "utf8");
    await writeFile(path, yaml.replace("experiments: 8", "experiments: 9"));
    const before = server.requests.length;
    const after = await scripted.grow(1);
    expect(after.nodes.at(-1)).toMatchObject({ id: "1.2.2", verdict: "abandoned" });
    const body = server.requests[before]?.body;
    expect(textsOf(body?.system)).toEqual([shown.system]);
    expect(textsOf(body?.messages[0]?.content)).toEqual([
      shown.shared,
      shown.task,
      expect.stringMatching(
        /^<your_budget>\nExperiment 9 of 9\. It has 20m 00s, [\d,]+ tokens, 3 quick benchmarks\.\n<\/your_budget>$/,
      ),
    ]);
  });
});

describe("a run of Claude on examples/json-parse", () => {
  it("measures, benches in short, and keeps the hidden texts from the agent", async () => {
    const parser = "src/json.c";
    const plan: Plan = {
      "": [
        [
          edits(parser, "point >> 12 & 0x3f", "point >> 11 & 0x3f"),
          ready("One shift less"),
          abandon("the shift was right"),
        ],
        [
          edits(parser, "to->capacity += 16;", "to->capacity = 2 * to->capacity + 16;"),
          says(use("build", {}), use("quick_bench", {})),
          ready("Grow buffers to the double"),
        ],
      ],
    };
    const files = await exampleFiles("json-parse", (yaml) =>
      yaml
        .replace(/^name: .*$/m, `name: claude-${crypto.randomUUID().slice(0, 8)}`)
        .replace("experiments: 12", "experiments: 2"),
    );
    await using scripted = await openScripted(files, follow(plan));
    const { nodes, ending } = await scripted.grow("new");
    const [, wrong, measured] = nodes;
    expect(ending.reason).toBe("budget_spent");
    expect(measured?.metrics).toEqual({ time_ms: expect.any(Number), rss_kb: expect.any(Number) });
    expect(wrong).toMatchObject({
      id: "1.1",
      verdict: "verify_failed",
      description: "One shift less",
    });
    const told = JSON.stringify(scripted.server.requests.map(({ body }) => body.messages));
    expect(told).toMatch(/time_ms: [^\\]* in \d+ pairs: (within|beyond) the noise/);
    expect(told).toContain("verify failed on your change");
    // Verify's log quotes the hidden texts.
    expect(told).not.toContain("FAIL case");
    const log = await (await scripted.project.project.openRun(1)).readNodeFile(
      parseId("1.1"),
      "verify.log",
    );
    expect(log?.toString()).toContain("FAIL case");
    expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(
      scripted.server.billedTokens,
    );
  });
});

function textsOf(blocks: unknown): string[] {
  const shape = z.array(z.object({ text: z.string() }));
  return shape.parse(blocks).map((block) => block.text);
}
