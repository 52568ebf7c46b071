import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentContainer } from "../../../src/sandbox/sandbox.ts";
import { type Lab, openLab } from "../lab.ts";

describe("an agent's hands", () => {
  let lab: Lab;
  let agent: AgentContainer;
  beforeAll(async () => {
    lab = await openLab({
      files: { "src/k.c": "k\n", "src/run.sh!": "#!/bin/sh\n", "bench.sh!": "#!/bin/sh\n" },
      access: { writable: ["src/"] },
    });
    agent = await lab.openAgent();
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  it("write, read and delete files of any name and content", async () => {
    const { session } = agent;
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 256));
    for (const path of ["src/new/deep/file", "src/-n", 'src/it\'s $(here) `x` "y" *']) {
      expect(await session.writeFile(path, content)).toEqual({ kind: "written" });
      expect(await session.readFile(path)).toEqual(content);
      expect(await session.deleteFile(path)).toEqual({ kind: "written" });
      expect(await session.readFile(path)).toBeNull();
    }
    expect(await session.writeFile("src/empty", Buffer.alloc(0))).toEqual({ kind: "written" });
    expect(await session.readFile("src/empty")).toEqual(Buffer.alloc(0));
  });

  it("keep a file's mode when they write over it", async () => {
    await agent.session.writeFile("src/run.sh", Buffer.from("#!/bin/sh\necho ran\n"));
    expect(await agent.session.run("src/run.sh", 60_000)).toEqual({
      exitCode: 0,
      output: "ran\n",
      timedOut: false,
    });
  });

  it("are denied what the kernel denies, in words, however much they want to write", async () => {
    const { session } = agent;
    const much = Buffer.alloc(20 * 1024 * 1024, "x");
    expect(await session.writeFile("bench.sh", much)).toEqual({
      kind: "denied",
      reason: expect.stringMatching(/(Read-only file system|Permission denied)$/m),
    });
    expect(await session.deleteFile("bench.sh")).toEqual({
      kind: "denied",
      reason: expect.stringMatching(/^rm: cannot remove '.\/bench.sh': /),
    });
    expect(await session.readFile("bench.sh")).toEqual(Buffer.from("#!/bin/sh\n"));
  });

  it.each([
    ["/etc/passwd", "is absolute"],
    ["../etc/passwd", "leaves its folder with .."],
    ["src/.git/config", "lies in .git or .loopty"],
    ["", "is empty"],
  ])("do not reach for %j", async (path, reason) => {
    const { session } = agent;
    expect(await session.readFile(path)).toBeNull();
    expect(await session.writeFile(path, Buffer.from("x"))).toEqual({ kind: "denied", reason });
    expect(await session.deleteFile(path)).toEqual({ kind: "denied", reason });
  });

  it("read nothing that is no plain file, or too large to hold", async () => {
    const { session } = agent;
    await session.run("mkfifo src/pipe; truncate -s 65M src/large", 60_000);
    for (const path of ["src", "src/pipe", "src/large", "src/none"]) {
      expect(await session.readFile(path)).toBeNull();
    }
  });

  it("run commands in the workspace, and tell both outputs in order", async () => {
    expect(await agent.session.run("pwd; echo no >&2; echo yes; exit 3", 60_000)).toEqual({
      exitCode: 3,
      output: "/workspace\nno\nyes\n",
      timedOut: false,
    });
  });

  it("are not held up by what a command left running", async () => {
    const start = performance.now();
    expect(await agent.session.run("sleep 30 & echo begun", 20_000)).toMatchObject({
      exitCode: 0,
      output: "begun\n",
    });
    expect(performance.now() - start).toBeLessThan(6000);
  });
});
