import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processWorld } from "../../../src/cli/process-world.ts";
import { openNewRunRequest } from "../../../src/cli/project/run-request.ts";
import type { RunEvent } from "../../../src/core/events/event.ts";
import { snapshotLayers } from "../../../src/core/tree/node.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { startRun } from "../../../src/loop/run/start.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { IdeaAgent } from "../../loop/idea-agent.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { type Certificates, makeCertificates } from "../remote/certificates.ts";
import { chooseLink, connect } from "../remote/link.ts";
import { SshServer } from "../remote/ssh-server.ts";
import { SecondEngine } from "../second-engine.ts";
import { type Happening, runProgram } from "./program.ts";
import { shellProject } from "./shell-project.ts";

const IMAGE = "debian:bookworm-slim";
const PORT = 2376;
const SECRET = `secret-${crypto.randomUUID()}`;
const MARK = `mark-${crypto.randomUUID()}`;
/** No gains: a champion would be measured by twenty pairs. */
const EDITS = `
version: 1
edits:
${[101, 102, 103, 104, 105, 106].map((size) => `  - { parent: "1", description: larger, changes: [{ path: src/size, content: "${size}\\n" }] }`).join("\n")}
`;
const MEASURED_FAR = /(1\.\d) goes to far\n[\s\S]*? \1 pair 1\b/;
const IDS = [1, 2, 3, 4, 5, 6].map((n) => `1.${n}`);
const ATTACK = `echo 'echo forged' > bench.sh && echo WROTE
rm -f bench.sh && echo REMOVED
mv bench.sh src/bench.sh && echo MOVED
test -e oracle/answer && echo SEEN
head -n 1 bench.sh`;

function poolProject(machine: string, experiments: number): Record<string, string> {
  const files = shellProject(EDITS);
  const yaml = (files["loopty.yaml"] ?? "")
    .replace("experiments: 20", `experiments: ${experiments}`)
    .replace("sandbox: {", `sandbox: { image: ${IMAGE},`);
  return {
    ...files,
    "loopty.yaml": `${yaml}
machines: [{ url: local, parallel: 1 }, { ${machine}, name: far }]
search: { parallel: auto }
`,
    "src/mark": `${MARK}\n`,
    "oracle/secret": `${SECRET}\n`,
    "bench.sh": `${files["bench.sh"]}sleep 0.5\n`,
  };
}

describe.sequential("a run on this machine's engine and another's", () => {
  const folder = mkdtempSync(join(tmpdir(), "loopty-pool-"));
  const link = chooseLink();
  const { there } = link;
  const projects: TestProject[] = [];
  let certificates: Certificates;
  let engine: SecondEngine;
  let ssh: SshServer;
  beforeAll(async () => {
    certificates = makeCertificates(folder, there);
    const files = { cacert: "ca.pem", cert: "cert.pem", key: "key.pem" };
    const tls = Object.entries(files).map(
      ([flag, name]) => `--tls${flag}=${join(certificates.server, name)}`,
    );
    engine = await SecondEngine.start({
      flags: ["--tlsverify", ...tls, "--host", `tcp://0.0.0.0:${PORT}`],
    });
    connect(engine, link);
    ssh = await SshServer.start(engine, join(folder, "ssh"), there);
  });
  afterAll(async () => {
    await ssh?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
    for (const project of projects) await project[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (machine: string, experiments: number) => {
    const project = await openTestProject(poolProject(machine, experiments));
    projects.push(project);
    return project;
  };
  const far = () => new Docker({ socketPath: engine.env.DOCKER_HOST.slice("unix://".length) });
  const labelled = ({ project }: TestProject) => ({
    label: [`${LABEL.project}=${project.projectId}`],
  });
  const imagesOf = async (docker: Docker, project: TestProject) =>
    (await docker.listImages({ filters: labelled(project) })).flatMap(
      ({ RepoTags }) => RepoTags ?? [],
    );
  /** The containers and volumes of a project on the other machine. */
  const leftOn = async (docker: Docker, project: TestProject) => {
    const filters = labelled(project);
    const containers = await docker.listContainers({ all: true, filters });
    const { Volumes: volumes } = await docker.listVolumes({ filters });
    return containers.length + (volumes ?? []).length;
  };
  const layersOf = async (docker: Docker, tag: string) =>
    (await docker.getImage(tag).inspect()).RootFS.Layers ?? [];
  /** Which of the two words are in the files of some images, wherever. */
  const wordsIn = (env: Readonly<Record<string, string>>, tags: readonly string[]) => {
    const script = `docker save "$@" | grep -aoF -e ${SECRET} -e ${MARK} | sort -u`;
    const args = ["-c", script, "sh", ...tags];
    return execFileSync("sh", args, { env: { ...process.env, ...env } })
      .toString()
      .trim();
  };

  const filesWith = (word: string, folder: string) =>
    execFileSync("sh", ["-c", 'grep -rlF -e "$1" "$2" || true', "sh", word, folder]).toString();

  it("measures on both, on the same layers, and its agents stay in their files on both", async () => {
    const project = await open(
      `url: "tcp://${there}:${PORT}", certificates: ${certificates.client}`,
      4,
    );
    const events: RunEvent[] = [];
    const world = { ...processWorld(project.signal), cwd: project.directory };
    const attacks = new Map<string, string>();
    const agent = new IdeaAgent(({ id }) => ({
      write: { "src/size": `${100 + Number(id.split(".")[1])}\n` },
      before: async (session, signal) => {
        // Nobody is done before both are at work.
        while (
          !events.some((event) => event.type === "machine_joined" && event.machine === "far")
        ) {
          await sleep(100, undefined, { signal });
        }
        attacks.set(id, (await session.run(ATTACK, 20_000)).output);
      },
    }));
    const progress = {
      step: () => {},
      output: () => {},
      keep: () => {},
      event: (event: RunEvent) => void events.push(event),
      watch: async () => {},
      [Symbol.dispose]: () => {},
    };
    {
      await using request = await openNewRunRequest(world, {}, "idle", progress);
      const opened = { ...request, openAgent: async () => agent };
      await using run = await startRun(opened, project.signal);
      await optimize(run, project.signal);
    }

    const { nodes, record } = await project.project.openRun(1);
    expect(nodes.map(({ id, phase }) => [id, phase])).toEqual(
      ["1", "1.1", "1.2", "1.3", "1.4"].map((id) => [id, "finished"]),
    );
    expect(nodes.slice(1).map(({ verdict }) => verdict)).toEqual(Array(4).fill("worse"));
    expect(nodes.filter(({ machine }) => machine === "far").length).toBeGreaterThan(1);
    expect(nodes.filter(({ machine }) => machine === "local").length).toBeGreaterThan(1);
    expect(events.filter(({ type }) => type === "machine_lost")).toEqual([]);

    expect([...attacks.keys()].sort()).toEqual(["1.1", "1.2", "1.3", "1.4"]);
    for (const output of attacks.values()) {
      expect(output).not.toMatch(/WROTE|REMOVED|MOVED|SEEN/);
      expect(output).toContain("iteration,cost (lower is better)");
    }

    expect(Object.keys(record.machines).sort()).toEqual(["far", "local"]);
    for (const machine of Object.values(record.machines)) {
      expect(machine.cpuModel).not.toMatch(/^(unknown)?$/);
      expect(Math.abs(machine.clockAheadMs ?? Number.NaN)).toBeLessThan(2000);
    }
    expect(record.machines.far?.measured?.calibration?.metrics[0]?.kind).toBe("exact");
    expect(record.baseline).toMatchObject({ machine: "local" });

    const { base } = record;
    if (base === null) throw new Error("the run has a base");
    const thereAlso = await imagesOf(far(), project);
    const here = await imagesOf(project.engine.docker, project);
    // Nothing else was ever there: no image to make a base from.
    const all = (await far().listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(all.sort()).toEqual([...thereAlso].sort());
    expect(await layersOf(far(), base.tag)).toEqual(base.layers);
    expect(await layersOf(project.engine.docker, base.tag)).toEqual(base.layers);
    const measuredThere = nodes.filter(({ machine }) => machine === "far");
    for (const { snapshot } of measuredThere) {
      if (snapshot === null) throw new Error("a measured node has a snapshot");
      expect(await layersOf(far(), snapshot.tag)).toEqual(snapshotLayers(base.layers, snapshot));
    }
    expect(wordsIn(engine.env, thereAlso)).toBe(MARK);
    expect(wordsIn({}, here)).toBe(MARK);
    expect(await leftOn(far(), project)).toBe(0);
    // The node's files are in its images; nothing hidden is anywhere on that machine's disk.
    expect(filesWith(MARK, engine.dataRoot)).not.toBe("");
    expect(filesWith(SECRET, engine.dataRoot)).toBe("");
  });

  it("measures here what was under way on a machine that is killed, and clean removes what is left there", async () => {
    const project = await open(`url: "ssh://root@${there}"`, 6);
    const { PATH } = ssh.env();
    const env = { PATH, TMPDIR: `${project.directory}-bench` };
    const loopty = (args: readonly string[], happening?: Happening) =>
      runProgram(project.directory, args, {
        env,
        ...(happening === undefined ? {} : { happening }),
      });
    let killed: Promise<void> | null = null;
    const end = await loopty(["run"], {
      at: MEASURED_FAR,
      act: () => {
        killed = engine.kill();
      },
    });
    const lost = MEASURED_FAR.exec(end.progress)?.[1];
    expect(killed, end.progress).not.toBeNull();
    await killed;
    expect(end.code, end.progress).toBe(0);
    expect(end.progress).toMatch(/machine far is not there/);
    const { nodes, record } = await project.project.openRun(1);
    expect(nodes.map(({ id, phase }) => [id, phase])).toEqual(
      ["1", ...IDS].map((id) => [id, "finished"]),
    );
    expect(nodes.slice(1).map(({ verdict }) => verdict)).toEqual(Array(6).fill("worse"));
    expect(nodes.find(({ id }) => id === lost)?.machine).toBe("local");
    expect(record.machines.far?.cpuModel).toBeDefined();
    // Each change was thought of once.
    const asked = end.progress.match(/1\.\d agent edits/g) ?? [];
    expect(asked.sort()).toEqual(IDS.map((id) => `${id} agent edits`));

    const without = await loopty(["clean"]);
    expect(without.code, without.progress).toBe(4);
    expect(without.progress).toContain("far does not answer");
    await engine.start();
    expect(await leftOn(far(), project)).toBeGreaterThan(0);
    const cleaned = await loopty(["clean"]);
    expect(cleaned.code, cleaned.progress).toBe(0);
    expect(cleaned.stdout).toMatch(/removed image loopty\/\S+ on far/);
    expect(await leftOn(far(), project)).toBe(0);
    expect(await imagesOf(far(), project)).toEqual([]);
  });
});
