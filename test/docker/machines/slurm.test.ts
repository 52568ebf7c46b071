import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processWorld } from "../../../src/cli/process-world.ts";
import { openNewRunRequest } from "../../../src/cli/project/run-request.ts";
import { SYSTEM_CLOCK } from "../../../src/cli/system-clock.ts";
import type { SlurmMachines } from "../../../src/config/schema/slurm.ts";
import type { RunEvent } from "../../../src/core/events/event.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { startRun } from "../../../src/loop/run/start.ts";
import type { ConnectedEngine } from "../../../src/sandbox/machines/engine-source.ts";
import { PathPrograms } from "../../../src/sandbox/machines/slurm/programs.ts";
import { slurmSources } from "../../../src/sandbox/machines/slurm/source.ts";
import { IdeaAgent } from "../../loop/idea-agent.ts";
import { machinesOf } from "../../sandbox/machines/slurm/machines.ts";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject } from "../project.ts";
import { SecondEngine } from "../second-engine.ts";
import { SlurmCluster } from "./slurm-cluster.ts";

const IMAGE = "debian:bookworm-slim";
const OWNER = `slurm-test-${process.pid}`;
const NEVER = new AbortController().signal;

// Debian's own Slurm: a controller, two nodes of one cpu, and an engine on each.
describe.sequential("machines from a real Slurm", () => {
  let cluster: SlurmCluster;
  const engines: SecondEngine[] = [];
  beforeAll(async () => {
    for (const _ of [1, 2]) {
      const engine = await SecondEngine.start();
      engines.push(engine);
      engine.load(IMAGE);
    }
    cluster = await SlurmCluster.start(
      engines.map(({ env }, index) => ({
        name: `n${index + 1}`,
        socket: env.DOCKER_HOST.slice("unix://".length),
      })),
    );
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    for (const engine of engines) await engine[Symbol.asyncDispose]();
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
    // Docker 20.10 takes its ID from a file of the host, which both engines here share.
    const roots = machines.map(async ({ engine }) => (await engine.docker.info()).DockerRootDir);
    expect(new Set(await Promise.all(roots)).size).toBe(2);
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
    const container = await startCat(machine);
    const cutOff = expect(container.wait()).rejects.toThrow();
    const jobId = machine.engine.url.split("/").at(-1) ?? "";
    cluster.run("scancel", jobId);
    expect(await lossOf(machine)).toMatch(
      new RegExp(`^Slurm's job ${jobId} on n[12] was cancelled$`),
    );
    await cutOff;
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

  it("that have nothing to do for as long as `idle` says are given back in the middle of a run", async () => {
    await using project = await openTestProject(
      clusterProject({ experiments: 1, slurm: "max_nodes: 1, idle: 5s" }),
    );
    const events: RunEvent[] = [];
    const agent = new IdeaAgent(() => ({
      write: { "src/size": "101\n" },
      before: async (_session, signal) => {
        const isGivenBack = () => events.some(({ type }) => type === "machine_given_back");
        while (!isGivenBack()) await sleep(100, undefined, { signal });
        await emptyQueue();
      },
    }));
    const env = { ...process.env, ...cluster.env };
    const world = { ...processWorld(project.signal), env, cwd: project.directory };
    const observe = (event: RunEvent) => void events.push(event);
    await using request = await openNewRunRequest(world, {}, "idle", telling(observe));
    await using run = await startRun({ ...request, openAgent: async () => agent }, project.signal);
    await optimize(run, project.signal);
    const { nodes, record } = run.records.store;
    expect(nodes.map(({ id, machine, verdict }) => [id, machine, verdict])).toEqual([
      ["1", "local", null],
      ["1.1", "local", "worse"],
    ]);
    const ofCluster = events.filter((event) => "machine" in event && event.machine === "cluster-1");
    expect(ofCluster.map(({ type }) => type)).toEqual(["machine_joined", "machine_given_back"]);
    expect(record.lentMs["cluster-1"]).toBeGreaterThan(5000);
  });

  it("grow a tree on two nodes, of which one is cancelled in the middle of a pair and one is out of its time", async () => {
    await using project = await openTestProject(
      clusterProject({ experiments: 6, slurm: "max_nodes: 2" }),
    );
    const events: RunEvent[] = [];
    const seen = (what: (event: RunEvent) => boolean) => events.some(what);
    const lost = new Set<string>();
    const joined = new Set<string>();
    // Jobs are submitted in the order of their machines.
    const jobOf = (machine: string) => {
      const jobs = cluster.run("squeue", "--noheader", "--sort=i", "--format=%A").split("\n");
      return jobs[Number(machine.at(-1)) - 1] ?? "";
    };
    const jobs = new Map<string, string>();
    let cancelled = "";
    let shortened = "";
    const observe = (event: RunEvent) => {
      events.push(event);
      if (event.type === "machine_lost") lost.add(event.machine);
      if (event.type === "machine_joined") {
        joined.add(event.machine);
        if (event.machine !== "local" && joined.size === 3 && jobs.size === 0) {
          for (const name of ["cluster-1", "cluster-2"]) jobs.set(name, jobOf(name));
        }
      }
      if (event.type !== "row_streamed" && event.type !== "node_finished") return;
      const placed = events.findLast((each) => each.type === "node_placed" && each.id === event.id);
      if (placed?.type !== "node_placed" || placed.machine === "local") return;
      const { machine } = placed;
      if (event.type === "row_streamed" && cancelled === "" && machine !== shortened) {
        cancelled = machine;
        cluster.run("scancel", jobs.get(machine) ?? "");
      }
      if (event.type === "node_finished" && shortened === "" && machine !== cancelled) {
        shortened = machine;
        cluster.run("scontrol", "update", `jobid=${jobs.get(machine)}`, "timelimit=1");
      }
    };
    const until = async (what: () => boolean, signal: AbortSignal) => {
      while (!what()) await sleep(100, undefined, { signal });
    };
    const agent = new IdeaAgent(({ id }) => ({
      write: { "src/size": `${100 + Number(id.split(".")[1])}\n` },
      before: async (_session, signal) => {
        await until(() => joined.size === 3, signal);
        // Somebody is at work as long as the machines are not both gone.
        if (id === "1.6") await until(() => lost.size === 2, signal);
      },
    }));
    const env = { ...process.env, ...cluster.env };
    const world = { ...processWorld(project.signal), env, cwd: project.directory };
    {
      await using request = await openNewRunRequest(world, {}, "idle", telling(observe));
      const opened = { ...request, openAgent: async () => agent };
      await using run = await startRun(opened, project.signal);
      await optimize(run, project.signal);
      const { nodes } = run.records.store;
      expect(nodes.map(({ phase }) => phase)).toEqual(nodes.map(() => "finished"));
      const onCluster = nodes.filter(({ machine }) => machine !== "local");
      expect(onCluster.length).toBeGreaterThan(0);
      // An agent that was at work on a node that went is not asked again.
      expect(new Set(agent.edited).size).toBe(agent.edited.length);
      const verdicts = nodes.flatMap(({ verdict }) => verdict ?? []);
      expect(new Set(verdicts)).toEqual(
        new Set(verdicts.includes("interrupted") ? ["worse", "interrupted"] : ["worse"]),
      );
    }
    expect([...lost].sort()).toEqual(["cluster-1", "cluster-2"]);
    expect(seen((event) => event.type === "machine_lost" && event.machine === "local")).toBe(false);
    await emptyQueue();
  });

  /** Nothing is left, neither in Slurm nor on a node. */
  async function emptyQueue(): Promise<void> {
    while (queue() !== "") await sleep(200);
    expect(readdirSync(tmpdir()).filter((name) => /^loopty-\d+$/.test(name))).toEqual([]);
    for (const { env } of engines) {
      const args = ["ps", "--all", "--quiet", "--filter", `label=loopty.owner=${OWNER}`];
      const left = execFileSync("docker", args, { env: { ...process.env, ...env } }).toString();
      expect(left).toBe("");
    }
  }
});

function clusterProject({ experiments, slurm }: { experiments: number; slurm: string }) {
  const files = shellProject();
  const yaml = (files["loopty.yaml"] ?? "")
    .replace("experiments: 20", `experiments: ${experiments}`)
    .replace("sandbox: {", `sandbox: { image: ${IMAGE},`);
  return {
    ...files,
    "loopty.yaml": `${yaml}
machines:
  - { url: local, parallel: 1 }
  - { slurm: { engine: docker, cpus: 1, memory: 1g, time: 5m, ${slurm} }, name: cluster }
search: { parallel: auto }
`,
    "bench.sh": `${files["bench.sh"]}sleep 2\n`,
  };
}

/** Progress that tells events and nothing else. */
function telling(event: (event: RunEvent) => void) {
  return {
    ...{ step: () => {}, keep: () => {}, output: () => {} },
    ...{ event, watch: async () => {}, [Symbol.dispose]: () => {} },
  };
}

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
