import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../src/cli/system-clock.ts";
import type { SlurmMachines } from "../../../src/config/schema/slurm.ts";
import type { ConnectedEngine } from "../../../src/sandbox/machines/engine-source.ts";
import { PathPrograms } from "../../../src/sandbox/machines/slurm/programs.ts";
import { slurmSources } from "../../../src/sandbox/machines/slurm/source.ts";
import { machinesOf } from "../../sandbox/machines/slurm/machines.ts";
import { SecondEngine } from "../second-engine.ts";
import { SlurmCluster } from "./slurm-cluster.ts";

const IMAGE = "debian:bookworm-slim";
const OWNER = `slurm-test-${process.pid}`;
const NEVER = new AbortController().signal;

// Debian's own Slurm: a controller, two nodes of one cpu, and an engine on each. The second engine is another machine's.
describe.sequential("machines from a real Slurm", () => {
  let cluster: SlurmCluster;
  let second: SecondEngine;
  beforeAll(async () => {
    second = await SecondEngine.start();
    second.load(IMAGE);
    cluster = await SlurmCluster.start([
      { name: "n1", socket: "/var/run/docker.sock" },
      { name: "n2", socket: second.env.DOCKER_HOST.slice("unix://".length) },
    ]);
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await second?.[Symbol.asyncDispose]();
  });

  const sources = (
    machines: Partial<SlurmMachines> = {},
    onWaiting: (machine: string, jobId: string, reason: string) => void = () => {},
  ) =>
    slurmSources({
      machines: {
        ...machinesOf({ engine: "docker", cpus: 1, memory: "1g", max_nodes: 2 }),
        ...machines,
      },
      programs: new PathPrograms(cluster.env),
      clock: SYSTEM_CLOCK,
      owner: OWNER,
      env: {},
      home: "/nowhere",
      onWaiting,
    });
  const queue = () => cluster.run("squeue", "--noheader", "--format=%T %N");
  const connectAll = () => Promise.all(sources().map((source) => source.connect(NEVER)));

  it("are two nodes, reached over Slurm's own streams, and are given back", async () => {
    const machines = await connectAll();
    expect(queue().split("\n").toSorted()).toEqual(["RUNNING n1", "RUNNING n2"]);
    const ids = machines.map(({ engine }) => engine.id);
    expect(new Set(ids).size).toBe(2);
    expect(machines.map(({ engine }) => engine.url)).toEqual([
      expect.stringMatching(/^slurm:\/\/slurm-1\/\d+$/),
      expect.stringMatching(/^slurm:\/\/slurm-2\/\d+$/),
    ]);
    for (const { engine, cpus } of machines) {
      expect(cpus).toMatch(/^\d+$/);
      const container = await startCat({ engine });
      expect(await sayTo(container, "both ways, without a newline")).toBe(
        "both ways, without a newline",
      );
    }

    const reasons: string[] = [];
    const abort = new AbortController();
    const [third] = sources({}, (_machine, _job, reason) => {
      reasons.push(reason);
      if (reason === "Resources") abort.abort(new Error("nobody wants it any more"));
    });
    await expect(third?.connect(abort.signal)).rejects.toThrow();
    expect(reasons.at(-1)).toBe("Resources");

    for (const machine of machines) await machine[Symbol.asyncDispose]();
    await emptyQueue();
    expect(machines.map(({ gone }) => gone.aborted)).toEqual([false, false]);
    expect(machines.every(({ lentMs }) => (lentMs() ?? 0) > 0)).toBe(true);
  });

  it("that are cancelled in the middle of work are gone, and their containers with them", async () => {
    const [machine, other] = await connectAll();
    if (machine === undefined || other === undefined) throw new Error("there are two");
    const waiting = (await startCat(machine)).wait();
    const jobId = machine.engine.url.split("/").at(-1) ?? "";
    cluster.run("scancel", jobId);
    expect(await lossOf(machine)).toMatch(
      new RegExp(`^Slurm's job ${jobId} on n[12] was cancelled$`),
    );
    await expect(waiting).rejects.toThrow();
    expect(other.gone.aborted).toBe(false);
    expect((await other.engine.docker.version()).ApiVersion).toBe(other.engine.apiVersion);
    for (const each of [machine, other]) await each[Symbol.asyncDispose]();
    await emptyQueue();
  });

  it("that have no time left say so, and the next one is another job", async () => {
    // Slurm tells a job of its end up to 90 s before it.
    const [short] = sources({ timeMs: 60_000 });
    const machine = await short?.connect(NEVER);
    if (machine === undefined) throw new Error("there is one");
    expect(await lossOf(machine)).toMatch(/^Slurm's job \d+ on n[12] is out of its time$/);
    await machine[Symbol.asyncDispose]();
    const [again] = sources();
    const next = await again?.connect(NEVER);
    expect(next?.engine.url).not.toBe(machine.engine.url);
    await next?.[Symbol.asyncDispose]();
    await emptyQueue();
  });

  /** Nothing is left, neither in Slurm nor on a node. */
  async function emptyQueue(): Promise<void> {
    while (queue() !== "") await sleep(200);
    expect(readdirSync(tmpdir()).filter((name) => /^loopty-\d+$/.test(name))).toEqual([]);
    for (const env of [{}, second.env]) {
      const args = ["ps", "--all", "--quiet", "--filter", `label=loopty.owner=${OWNER}`];
      const left = execFileSync("docker", args, { env: { ...process.env, ...env } }).toString();
      expect(left).toBe("");
    }
  }
});

async function startCat({ engine }: Pick<ConnectedEngine, "engine">) {
  const container = await engine.docker.createContainer({
    Image: IMAGE,
    Cmd: ["cat"],
    OpenStdin: true,
    StdinOnce: true,
    NetworkDisabled: true,
    Labels: { "loopty.owner": OWNER },
  });
  await container.start();
  return container;
}

async function sayTo(container: Awaited<ReturnType<typeof startCat>>, text: string) {
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, hijack: true });
  stream.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  // The engine puts eight bytes before what a container writes.
  return Buffer.concat(chunks).subarray(8).toString();
}

async function lossOf({ gone }: ConnectedEngine): Promise<string> {
  if (!gone.aborted) {
    await new Promise((resolve) => gone.addEventListener("abort", resolve, { once: true }));
  }
  return gone.reason.message;
}
