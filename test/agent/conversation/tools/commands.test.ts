import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Toolset } from "../../../../src/agent/conversation/tools/toolset.ts";
import type { QuickLook } from "../../../../src/agent/host.ts";
import { UNKNOWN_WORKBENCH } from "../../../../src/core/prompt/workbench.ts";
import { FAST } from "../lab.ts";
import { LocalSession } from "../local-session.ts";
import { contextFor, told } from "./context.ts";

function building(command: string) {
  return {
    options: {
      build: { command, timeoutMs: 5_000 },
      run: { timeoutMs: 5_000, longestMs: 10_000 },
    },
  };
}

describe("run", () => {
  it("tells the exit code with the output, whatever is in the command", async () => {
    await using session = await LocalSession.open({ "a.txt": "it's\n" });
    const context = contextFor(session);
    expect(await told("run", { command: "cat a.txt; echo \"it's\" 'b'" }, context)).toBe(
      "exit code 0\nit's\nit's b\n",
    );
    expect(await told("run", { command: "echo no >&2; exit 3" }, context)).toBe(
      "error: exit code 3\nno\n",
    );
    expect(await told("run", { command: "echo 'unfinished" }, context)).toMatch(
      /^error: exit code 2\n.*[Uu]nterminated/,
    );
    expect(await told("run", { command: "true" }, context)).toBe("exit code 0, no output");
  });

  it("fails a pipe with any of its parts where bash is there", async () => {
    await using session = await LocalSession.open();
    const command = "false | cat";
    expect(await told("run", { command }, contextFor(session, { shell: "bash" }))).toBe(
      "error: exit code 1, no output",
    );
    expect(await told("run", { command }, contextFor(session))).toBe("exit code 0, no output");
  });

  it("cuts long output to head and tail, and keeps all of it in a file of its own", async () => {
    await using session = await LocalSession.open();
    const context = contextFor(session);
    await told("run", { command: "true" }, context);
    const text = await told("run", { command: "seq 100000" }, context);
    expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024 + 200);
    expect(text.startsWith("exit code 0\n1\n2\n")).toBe(true);
    expect(text.endsWith("99999\n100000\n")).toBe(true);
    expect(text).toMatch(/\(… \d+ bytes left out; see \/tmp\/loopty\/out-2\.log\)/);
    const kept = await readFile(session.outputFile(2), "utf8");
    expect(kept.split("\n")).toHaveLength(100_001);
  });

  it("ends at its limit with what was printed so far", async () => {
    await using session = await LocalSession.open();
    const command = "echo begun; sleep 30; echo never";
    expect(await told("run", { command, timeout_s: 1 }, contextFor(session))).toBe(
      "error: ended by the time limit of 1 s\nbegun\n",
    );
  });

  it("does not wait for what a command leaves behind", async () => {
    await using session = await LocalSession.open();
    const startedMs = Date.now();
    const text = await told("run", { command: "sleep 3 & echo done" }, contextFor(session));
    expect(text).toBe("exit code 0\ndone\n");
    expect(Date.now() - startedMs).toBeLessThan(2_000);
  });

  it("shows escapes as text", async () => {
    await using session = await LocalSession.open();
    expect(await told("run", { command: "printf '\\033[2J'" }, contextFor(session))).toBe(
      "exit code 0\n\\x1b[2J",
    );
  });

  it("ends with the signal, not with the command", async () => {
    await using session = await LocalSession.open();
    const controller = new AbortController();
    const running = told(
      "run",
      { command: "sleep 2" },
      contextFor(session, { signal: controller.signal }),
    );
    controller.abort(new Error("stop"));
    await expect(running).rejects.toThrow("stop");
  });
});

describe("build", () => {
  it("runs the project's own command", async () => {
    await using session = await LocalSession.open({ Makefile: "" });
    expect(await told("build", {}, contextFor(session, building("echo cc -O2")))).toBe(
      "the build passed\ncc -O2",
    );
  });

  it("shows a short failure as it is, and of a long one the first errors and the end", async () => {
    await using session = await LocalSession.open();
    expect(
      await told("build", {}, contextFor(session, building("echo 'a.c:1: error: x'; exit 2"))),
    ).toBe("error: the build failed with exit code 2\na.c:1: error: x");
    const noisy =
      'for i in $(seq 400); do echo "cc -c file$i.c -o file$i.o"; done; for i in $(seq 30); do echo "a.c:$i: error: bad"; done; for i in $(seq 400); do echo "note: line $i of the notes"; done; exit 2';
    const text = await told("build", {}, contextFor(session, building(noisy)));
    expect(text).toMatch(
      /^error: the build failed with exit code 2\nfirst errors:\na\.c:1: error: bad\n/,
    );
    expect(text.match(/error: bad/g)).toHaveLength(20);
    expect(text).toContain("(the end of /tmp/loopty/out-1.log)");
    expect(text.endsWith("note: line 400 of the notes")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(6_000);
  });
});

describe("quick_bench", () => {
  it("tells what it is handed, and is limited, where one that failed costs nothing", async () => {
    await using session = await LocalSession.open();
    const last: QuickLook = { kind: "compared", text: "time_ms +11 %\n", isWorse: false };
    const looks: QuickLook[] = [{ kind: "failed", text: "the benchmark exited with 1" }, last];
    const context = contextFor(session, { quickBench: async () => looks.shift() ?? last });
    expect(await told("quick_bench", {}, context)).toBe("error: the benchmark exited with 1");
    expect(await told("quick_bench", {}, context)).toBe("time_ms +11 %\n(1 left)");
    expect(await told("quick_bench", {}, context)).toBe("time_ms +11 %\n(0 left)");
    expect(await told("quick_bench", {}, context)).toBe(
      "error: no quick benchmark is left in this experiment; finish, and it is measured",
    );
  });
});

describe("the tools of a run", () => {
  const described = (bench: Partial<typeof UNKNOWN_WORKBENCH>) =>
    new Toolset({ ...UNKNOWN_WORKBENCH, ...bench }, FAST).parameters;

  it("say what a command really has", () => {
    const bench: Partial<typeof UNKNOWN_WORKBENCH> = {
      shell: "bash",
      programs: ["gcc", "perf"],
      cpus: 3,
    };
    const run = described(bench).find(({ name }) => name === "run");
    expect(run?.description).toBe(
      "Runs a command in /workspace by `bash -o pipefail -c`, a new shell each time, without input; stdout and stderr come in their order. " +
        "It has 3 cpus, 2.0 GiB of memory and no network. " +
        "After 120 s, or what you name, it is ended with every process it started. " +
        "Long output is cut to head and tail; a file keeps all. There are gcc, perf.",
    );
    expect(run?.input_schema).toMatchObject({
      properties: { timeout_s: { type: "integer", minimum: 1, maximum: 600 } },
    });
  });

  it("have no bound that says nothing", () => {
    expect(JSON.stringify(described({}))).not.toContain("9007199254740991");
  });

  it("leave quick_bench out where it cannot work", () => {
    const names = (bench: Partial<typeof UNKNOWN_WORKBENCH>) =>
      described(bench).map(({ name }) => name);
    expect(names({})).toEqual(["view", "edit", "write", "run", "build", "quick_bench", "finish"]);
    expect(names({ quickBench: { kind: "absent", reason: "no data" } })).not.toContain(
      "quick_bench",
    );
  });
});

describe("finish", () => {
  it("takes the two outcomes with their texts, and tells what is wrong with others", async () => {
    await using session = await LocalSession.open();
    const context = contextFor(session);
    const given = { outcome: "ready", description: " Unrolled ", hypothesis: "faster" };
    expect(await told("finish", given, context)).toBe(
      'finished: {"outcome":"ready","description":"Unrolled","hypothesis":"faster"}',
    );
    expect(await told("finish", { ...given, description: "x".repeat(301) }, context)).toMatch(
      /^error: the input does not fit the tool:\n.*300/,
    );
    expect(await told("finish", { ...given, outcome: "done" }, context)).toMatch(
      /^error: .*outcome/s,
    );
  });
});
