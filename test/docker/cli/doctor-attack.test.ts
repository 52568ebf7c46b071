import { randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { leave, lookRound, readReport } from "../../../src/canary/script.ts";
import { doctorAttack } from "../../../src/cli/doctor/doctor-attack.ts";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { linuxProcessTable } from "../../../src/store/files/owner.ts";
import { measuring } from "../../attacks/measuring.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { openLab } from "../lab.ts";

const TIMEOUT_MS = 600_000;
const reportSchema = z.object({
  findings: z.array(z.object({ attack: z.string(), outcome: z.string(), text: z.string() })),
});

/** Runs `doctor --attack` on a project, and gives its findings and what it left on the engine. */
async function attacked(files: Readonly<Record<string, string>>) {
  const directory = scratchFolder();
  await addFiles(directory, files);
  const projectId = randomUUID();
  const world = fakeWorld(directory, {
    env: process.env,
    home: homedir(),
    now: () => new Date(),
    newUuid: () => projectId,
    processes: linuxProcessTable(process.pid),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const code = await doctorAttack(world, { json: true });
  const { docker } = await connectEngine(process.env, homedir());
  const filters = { label: [`loopty.project=${projectId}`] };
  const left = [
    await docker.listContainers({ all: true, filters }),
    (await docker.listVolumes({ filters })).Volumes ?? [],
    await docker.listImages({ filters }),
  ].map(({ length }) => length);
  const { findings } = reportSchema.parse(world.stdout.json);
  return { code, left, outcomes: findings.map(({ outcome }) => outcome), findings };
}

describe("doctor --attack", { timeout: TIMEOUT_MS }, () => {
  it("finds nothing to believe in a project that times the work, checks it and hides its answers", async () => {
    const { code, left, outcomes, findings } = await attacked({
      "loopty.yaml": `name: good
statement: Sleep less.
workspace: { exclude: [loopty.yaml] }
access: { writable: [src/], hidden: [oracle/] }
commands:
  build: cp src/work.sh work
  verify: '[ "$(sh work)" = "$(cat oracle/answer.txt)" ]'
  benchmark: |
    python3 -c 'import os, subprocess, time
    start = time.monotonic()
    subprocess.run(["sh", "work"], check=True)
    ms = (time.monotonic() - start) * 1000
    open(os.environ["LOOPTY_METRICS"], "w").write(f"i,time_ms (lower is better)\\n1,{ms}\\n")'
`,
      Makefile: "all:\n",
      "src/work.sh": "sleep 1; echo an answer that nobody shall know of\n",
      "oracle/answer.txt": "an answer that nobody shall know of\n",
    });
    expect(findings.map(({ outcome, text }) => `${outcome}: ${text}`)).toEqual([
      "stopped: absent from the agent's container and from the build (searched by name and by content)",
      "open: your grader gives the hidden files to the code under test in verify and the benchmark (oracle/answer.txt); no wall can stop that, as both run together",
      "stopped: denied by the kernel to agent and build",
      "stopped: build outputs: nothing of it came back; " +
        "a repository or hidden files: src/.git/config lies in .git or .loopty; " +
        "a hidden file in the build: oracle is hidden and was made by the build; " +
        "metrics in the build: metrics.csv is the metrics file and was made by the build; " +
        "a file beside your grader in the build: loopty-canary was made by the build, and the baseline's makes nothing like it there",
      "stopped: gone in the next container, every time",
      "stopped: your benchmark's own 1 row alone came out",
      expect.stringMatching(
        /^flagged: your benchmark's file was believed, and time_ms twice as good/,
      ),
      "stopped: with 1 row of yours no value gains while the sum stays",
      expect.stringMatching(
        /^open: code can tell verify from the benchmark by the command line, \$LOOPTY_METRICS/,
      ),
      "stopped: nonsense in every writable file: verify failed; empty files: verify failed",
    ]);
    expect(outcomes).not.toContain("believed");
    expect([code, left]).toEqual([0, [0, 0, 0]]);
  });

  it("finds a verify that looks at nothing, a benchmark that trusts its file, and a copy of the answers", async () => {
    const answer = "an answer that nobody shall know of\n";
    const { code, left, findings } = await attacked({
      "loopty.yaml": `name: naive
statement: Count more.
workspace: { exclude: [loopty.yaml] }
access: { writable: [src/work.sh], hidden: [oracle/] }
commands:
  verify: "true"
  benchmark: |
    [ -f "$LOOPTY_METRICS" ] || printf "i,count\\n1,%s\\n" "$(sh src/work.sh)" > "$LOOPTY_METRICS"
`,
      "src/work.sh": "echo 42\n",
      "docs/example.txt": answer,
      "oracle/answer.txt": answer,
    });
    expect(findings.map(({ outcome, text }) => `${outcome}: ${text}`)).toEqual([
      "believed: they, or copies of them, can be read: /workspace/docs/example.txt",
      "open: your grader gives the hidden files to the code under test in the benchmark (oracle/answer.txt); no wall can stop that, as both run together",
      "stopped: denied by the kernel to agent and build",
      expect.stringMatching(/^stopped: build outputs: nothing of it came back; /),
      "stopped: gone in the next container, every time",
      "believed: count twice as good was taken for true, and nothing that loopty measures itself speaks against it",
      "believed: count twice as good was taken for true, and nothing that loopty measures itself speaks against it",
      "stopped: with 1 row of yours no value gains while the sum stays",
      expect.stringMatching(/^open: /),
      "believed: nonsense in every writable file: verify passes, and the benchmark fails " +
        "(line 2, column count: the cell is empty); " +
        "empty files: verify passes, and the benchmark fails " +
        "(line 2, column count: the cell is empty)",
    ]);
    expect([code, left]).toEqual([2, [0, 0, 0]]);
  });

  it("finds what a container has left in it, so that finding nothing means something", async () => {
    await using lab = await openLab({ files: { "a.txt": "a\n" }, access: { writable: ["a.txt"] } });
    const { verify } = measuring(lab);
    const { log } = await verify(`${leave("verify")}\nsleep 0.2\n${lookRound([])}`);
    expect(readReport(log)("left").toSorted()).toEqual([
      "/dev/shm/.loopty-canary-verify",
      "/run/lock/.loopty-canary-verify",
      "/tmp/.loopty-canary-verify",
      "/var/tmp/.loopty-canary-verify",
      "/workspace/.loopty-canary-verify",
      "a process",
    ]);
    expect(readReport((await verify(lookRound([]))).log)("left")).toEqual([]);
  });
});
