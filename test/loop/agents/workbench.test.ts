import { describe, expect, it } from "vitest";
import type { AgentSession, CommandResult } from "../../../src/agent/session.ts";
import { workbenchOf } from "../../../src/loop/agents/workbench.ts";
import { runBaseline } from "../../../src/loop/baseline.ts";
import type { AgentlessRun } from "../../../src/loop/run/run.ts";
import type { AgentContainer } from "../../../src/sandbox/sandbox.ts";
import { costProgram, HEADER } from "../../sandbox/fake/fake-program.ts";
import { testProject } from "../fake-project.ts";
import { IdeaAgent } from "../idea-agent.ts";

type Shell = (command: string) => Partial<CommandResult>;

/** The same run, with a shell in its agents' containers, and what was run there. */
function withShell(run: AgentlessRun, shell: Shell) {
  const commands: string[] = [];
  const session = (inner: AgentSession): AgentSession => ({
    readFile: (path) => inner.readFile(path),
    writeFile: (path, content) => inner.writeFile(path, content),
    deleteFile: (path) => inner.deleteFile(path),
    start: (program) => inner.start(program),
    run: async (command) => {
      commands.push(command);
      return { exitCode: 0, output: "", timedOut: false, ...shell(command) };
    },
  });
  const { sandbox } = run.lab;
  const container = (inner: AgentContainer): AgentContainer => ({
    session: session(inner.session),
    mounts: inner.mounts,
    limit: inner.limit,
    timeLimit: (limitMs) => inner.timeLimit(limitMs),
    readScratch: () => inner.readScratch(),
    readBack: () => inner.readBack(),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  });
  const changed: AgentlessRun = {
    ...run,
    lab: {
      ...run.lab,
      sandbox: {
        base: sandbox.base,
        runtime: sandbox.runtime,
        agentCpus: "0-2",
        gpus: [],
        edit: async (request) => container(await sandbox.edit(request)),
        snapshot: (request) => sandbox.snapshot(request),
        build: (request, signal) => sandbox.build(request, signal),
        hold: (jobs, signal) => sandbox.hold(jobs, signal),
        othersOn: (gpu, signal) => sandbox.othersOn(gpu, signal),
        [Symbol.asyncDispose]: async () => {},
      },
    },
  };
  return { run: changed, commands };
}

async function lookWith(shell: Shell, benchmarkMs = 1000) {
  const project = await testProject({ program: costProgram({ benchmarkMs }) });
  return project.withRun(new IdeaAgent(() => null), "new", async (real, signal) => {
    await runBaseline(real, signal);
    const { run, commands } = withShell(real, shell);
    const found = await workbenchOf(run, signal);
    const before = commands.length;
    expect(await workbenchOf(run, signal)).toEqual(found);
    expect(commands).toHaveLength(before);
    expect(real.records.store.record.workbench).toEqual(found);
    return { found, commands };
  });
}

const working: Shell = (command) => {
  if (command.includes("command -v")) return { output: "bash\nperf\ngcc\n" };
  return command.includes("LOOPTY_METRICS") ? { output: `${HEADER}1,100\n` } : {};
};

describe("what agents have to work with", () => {
  it("is found out once at the baseline, and recorded", async () => {
    const { found } = await lookWith(working);
    expect(found).toEqual({
      shell: "bash",
      programs: ["gcc", "perf"],
      cpus: 3,
      quickBench: { kind: "works" },
    });
  });

  it("has no quick benchmark where that fails without the hidden files", async () => {
    const { found } = await lookWith((command) =>
      command.includes("LOOPTY_METRICS") ? { exitCode: 1, output: "no data\n" } : working(command),
    );
    expect(found.quickBench).toEqual({
      kind: "absent",
      reason: "the benchmark exited with 1:\nno data",
    });
  });

  it("has none where the build fails there", async () => {
    const { found, commands } = await lookWith((command) =>
      command === "make" ? { exitCode: 2 } : working(command),
    );
    expect(found.quickBench).toMatchObject({ kind: "absent" });
    expect(commands.filter((command) => command.includes("LOOPTY_METRICS"))).toEqual([]);
  });

  it("has none, and does not even try it, where two runs take much of the agent's time", async () => {
    const { found, commands } = await lookWith(working, 100_000);
    expect(found.quickBench).toEqual({ kind: "absent", reason: "one run of it takes 1m 40s" });
    expect(commands).toHaveLength(1);
  });
});
