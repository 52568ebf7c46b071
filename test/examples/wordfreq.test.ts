import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyChanges } from "../../src/agent/change.ts";
import { parseReplay, placesOf } from "../../src/agent/replay/file.ts";
import type { AgentSession } from "../../src/agent/session.ts";
import { loadConfig } from "../../src/config/load.ts";

const project = fileURLToPath(new URL("../../examples/wordfreq/", import.meta.url));
const edits = parseReplay(await readFile(join(project, "edits.yaml"), "utf8"), "edits.yaml");
const places = placesOf(edits);

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "loopty-wordfreq-"));
  await cp(project, directory, { recursive: true });
});

afterEach(() => rm(directory, { recursive: true }));

/** Changes files of a folder where only one path may be written, as the kernel sees to it in a container. */
class FolderSession implements AgentSession {
  readonly #directory: string;
  readonly #writable: string;

  constructor(directory: string, writable: string) {
    this.#directory = directory;
    this.#writable = writable;
  }

  readFile(path: string) {
    return readFile(join(this.#directory, path));
  }

  async writeFile(path: string, content: Buffer) {
    if (path !== this.#writable) return { kind: "denied" as const, reason: "read-only" };
    await writeFile(join(this.#directory, path), content);
    return { kind: "written" as const };
  }

  async deleteFile() {
    return { kind: "denied" as const, reason: "read-only" };
  }

  run(): Promise<never> {
    throw new Error("a recorded edit runs nothing");
  }

  start(): Promise<never> {
    return this.run();
  }
}

function node(script: string, env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [script], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}

/** Applies the edits from the baseline to a place such as `1.1`, in the folder. */
async function growTo(place: string) {
  const session = new FolderSession(directory, "src/wordfreq.mjs");
  const numbers = place === "" ? [] : place.split(".");
  let outcome: Awaited<ReturnType<typeof applyChanges>> = { kind: "applied" };
  for (const depth of numbers.keys()) {
    const edit = edits[places.indexOf(numbers.slice(0, depth + 1).join("."))];
    if (edit === undefined) throw new Error(`no edit makes ${place}`);
    outcome = await applyChanges(session, edit.changes, new AbortController().signal);
  }
  return outcome;
}

describe("examples/wordfreq", () => {
  it("has a loopty.yaml that validates, with writable code and a hidden oracle", async () => {
    const { config } = await loadConfig({ directory });
    expect(config.access).toMatchObject({ writable: ["src/wordfreq.mjs"], hidden: ["oracle/"] });
    expect(config.agent.kind).toBe("replay");
    expect(config.budget.experiments).toBe(edits.length);
  });

  it("records six edits, of which every one finds its parent", () => {
    expect(places).toEqual(["1", "2", "1.1", "1.2", "1.1.1", "1.1.2"]);
  });

  it.each(["", "1", "2", "1.1"])("verifies at place '%s'", async (place) => {
    expect(await growTo(place)).toEqual({ kind: "applied" });
    expect(node("verify.mjs")).toMatchObject({ status: 0, stdout: "19 of 19 cases passed\n" });
  });

  it("fails verify where an edit counts other words", async () => {
    expect(await growTo("1.2")).toEqual({ kind: "applied" });
    const { status, stdout } = node("verify.mjs");
    expect(status).toBe(1);
    expect(stdout).toContain("FAIL letters with marks");
  });

  it("fails verify where an edit leaves a bracket open", async () => {
    expect(await growTo("1.1.1")).toEqual({ kind: "applied" });
    const { status, stderr } = node("verify.mjs");
    expect(status).toBe(1);
    expect(stderr).toContain("SyntaxError");
  });

  it("cannot apply the edit of the benchmark where that is protected", async () => {
    expect(await growTo("1.1.2")).toEqual({ kind: "failed", reason: "bench.mjs: read-only" });
  });

  it("fails verify without the oracle", async () => {
    await unlink(join(directory, "oracle/expected.jsonl"));
    const { status, stderr } = node("verify.mjs");
    expect(status).toBe(1);
    expect(stderr).toContain("cannot read the expected results");
  });

  it("writes a header and five rows to the file that LOOPTY_METRICS names", async () => {
    await growTo("1.1");
    expect(node("bench.mjs", { LOOPTY_METRICS: "rows.csv" })).toMatchObject({ status: 0 });
    const [header, ...rows] = (await readFile(join(directory, "rows.csv"), "utf8"))
      .trimEnd()
      .split("\n");
    expect(header).toBe("iteration,words_per_s (higher is better),heap_mb (lower is better)");
    expect(rows.map((row) => row.split(",")[0])).toEqual(["1", "2", "3", "4", "5"]);
    for (const row of rows) expect(row).toMatch(/^\d,\d+\.\d{3},\d+\.\d{6}$/);
  });
});
