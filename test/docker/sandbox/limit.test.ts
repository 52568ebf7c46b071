import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContainer } from "../../../src/sandbox/container/container.ts";
import { boundedCommand } from "../../../src/sandbox/container/hardening.ts";
import { initOf, type Lab, openLab } from "../lab.ts";

const MIB = 1024 * 1024;

describe("the limits of a container", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: { "src/k.c": "k\n" },
      access: { writable: ["src/"] },
      limits: { memoryBytes: 64 * MIB, pids: 32, diskBytes: 48 * MIB },
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const processes = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done";

  it("are as large as they were asked for: /dev/shm, /tmp, and the number of open files", async () => {
    const command = "df -k --output=size /dev/shm /tmp /var/tmp | tail -n 3; ulimit -n";
    await using agent = await lab.openAgent(
      {},
      { shmBytes: 100 * MIB, tmpBytes: 20 * MIB, files: 5000 },
    );
    const { output } = await agent.session.run(command, 60_000);
    expect(output.match(/\d+/g)).toEqual(["102400", "20480", "20480", "5000"]);
  });

  it("end a build at its time limit, with all that it started", async () => {
    const start = performance.now();
    const outcome = await lab.build("trap '' TERM INT; setsid sleep 61 & sleep 62", {
      timeoutMs: 1000,
    });
    expect(outcome).toMatchObject({ verdict: "timeout", reason: "the build took longer than 1 s" });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(await containersOf(lab)).toEqual([]);
  });

  it("end a build that outgrows the memory, and one whose child was killed for it", async () => {
    const hog = "python3 -c 'bytearray(200 << 20)'";
    const reason = "the build ran out of memory or was killed";
    expect(await lab.build(hog)).toMatchObject({ verdict: "out_of_memory", reason });
    expect(await lab.build(`${hog}; echo went on`)).toMatchObject({
      verdict: "out_of_memory",
      reason,
    });
  });

  it("end an agent that fills its volume, even in folders that only it may read", async () => {
    await using agent = await lab.openAgent();
    const command =
      "mkdir -m 700 src/own && for i in 1 2; do head -c 30M /dev/zero > src/own/$i; done";
    expect(await agent.session.run(command, 60_000)).toMatchObject({ exitCode: 0 });
    const reason = await new Promise((resolve) => {
      agent.limit.addEventListener("abort", () => resolve(agent.limit.reason));
    });
    expect(reason).toMatch(/^wrote 6\d{7} bytes, more than sandbox.disk \(50331648\)$/);
    // Its container goes.
    await expect
      .poll(async () => (await containersOf(lab)).filter(({ state }) => state === "running"))
      .toEqual([]);
    expect(await agent.readBack()).toMatchObject({ kind: "files" });
  });

  it("end what hides its size below a path that is too long for the engine", async () => {
    const deep = (folder: string) =>
      `python3 -c "import os; os.chdir('${folder}')
for i in range(500): os.mkdir('deep' * 10); os.chdir('deep' * 10)"; sleep 60`;
    expect(await lab.build(deep("/workspace"))).toMatchObject({
      verdict: "build_failed",
      reason: "the build wrote more than sandbox.disk allows",
    });
    await using agent = await lab.openAgent();
    await agent.session.run(deep("/workspace/src"), 60_000).catch(() => {});
    expect(agent.limit.reason).toBe("made paths too long for its disk to be measured");
    expect(await agent.readBack()).toMatchObject(
      lab.settings.engine.kind === "podman"
        ? // It leaves out, without a word, what is beside such a path.
          { kind: "files", files: [] }
        : { kind: "files", files: [{ path: "src/k.c" }] },
    );
  });

  it("end an agent's command at its time limit with every process of the agent, and no other", async () => {
    await using agent = await lab.openAgent();
    const { session } = agent;
    const late = await session.run("echo begun; trap '' TERM; setsid sleep 61 & sleep 62", 1000);
    expect(late).toEqual({ exitCode: null, output: "begun\n", timedOut: true });
    const bomb = await session.run("f() { f | f & }; f & exec sleep 60", 1000);
    expect(bomb).toMatchObject({ exitCode: null, timedOut: true });
    expect((await session.run(processes, 20_000)).output.split("\n").slice(0, 1)).toEqual([
      `${initOf(lab)} -- /bin/sh -c cat /proc/self/mountinfo && echo && exec sleep 600 `,
    ]);
    expect((await session.run(`${processes} | grep -c sleep.6[12]`, 20_000)).output).toBe("0\n");
  });

  it("survive a flood of output in memory and in time", async () => {
    await using agent = await lab.openAgent();
    const flood = await agent.session.run("yes", 2000);
    expect(flood).toMatchObject({ exitCode: null, timedOut: true });
    expect(flood.output.length).toBeLessThan(300_000);
    expect(flood.output).toMatch(/\n\[loopty: \d+ bytes of output left out here\]\n/);
  });

  it("end an agent's container by itself at its deadline", async () => {
    await using agent = await lab.openAgent({ deadlineMs: 2000 });
    expect(await agent.session.run("(setsid sleep 60 &); echo here", 5000)).toMatchObject({
      output: "here\n",
    });
    await expect
      .poll(async () => (await containersOf(lab)).map(({ state }) => state).sort(), {
        timeout: 6000,
      })
      .toEqual(["created", "exited"]);
  });

  it("end a build's container by itself at its deadline when nobody waits for it any more", async () => {
    // The time limit is the harness's to enforce; later the container ends alone.
    await using given = await createContainer({
      settings: lab.settings,
      phase: "build",
      node: null,
      image: lab.snapshot.imageId,
      user: "measure",
      command: boundedCommand("setsid sleep 60 & sleep 60", 1000),
      cpus: lab.settings.agentCpus,
    });
    const { container } = given;
    await container.start();
    expect(await container.wait()).toMatchObject({ StatusCode: 137 });
  });

  it("end a build at once when the run is aborted, and leave nothing", async () => {
    const abort = new AbortController();
    const building = lab.build("sleep 60", {}, abort.signal);
    setTimeout(() => abort.abort(new Error("stopped by the user")), 700);
    const start = performance.now();
    await expect(building).rejects.toThrow("stopped by the user");
    expect(performance.now() - start).toBeLessThan(3000);
    expect(await containersOf(lab)).toEqual([]);
  });
});

async function containersOf(lab: Lab): Promise<{ id: string; state: string }[]> {
  const filters = { label: [`loopty.project=${lab.settings.projectId}`] };
  const containers = await lab.settings.engine.docker.listContainers({ all: true, filters });
  return containers.map(({ Id: id, State: state }) => ({ id, state }));
}
