import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NO_EQUIPMENT } from "../../src/agent/equipment.ts";
import type { HostFile } from "../../src/config/workspace/host-file.ts";
import { isBelow } from "../../src/core/access/path.ts";
import { type AccessRules, compileAccess } from "../../src/core/access/policy.ts";
import type { WorkspaceFile } from "../../src/core/file.ts";
import { parseId } from "../../src/core/tree/id.ts";
import type { Snapshot } from "../../src/core/tree/node.ts";
import { listImages, removeImages } from "../../src/sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../src/sandbox/clean-up/leftover.ts";
import { chooseCpus } from "../../src/sandbox/cpus.ts";
import { DockerSandbox } from "../../src/sandbox/docker-sandbox.ts";
import type { DockerSettings } from "../../src/sandbox/docker-settings.ts";
import {
  type AgentContainerRequest,
  openAgentContainer,
} from "../../src/sandbox/editing/agent-container.ts";
import { planMounts } from "../../src/sandbox/editing/mount-plan.ts";
import { copyFromImage, createVolume } from "../../src/sandbox/editing/volume.ts";
import { connectEngine } from "../../src/sandbox/engine/engine.ts";
import { type BaseRequest, prepareBase } from "../../src/sandbox/image/base.ts";
import { build } from "../../src/sandbox/image/build.ts";
import { sandboxImage } from "../../src/sandbox/image/sandbox-image.ts";
import { makeSnapshot } from "../../src/sandbox/image/snapshot.ts";
import type { Limits } from "../../src/sandbox/machine.ts";
import type { BuildOutcome, BuildRequest, EditRules } from "../../src/sandbox/sandbox.ts";

export interface LabOptions {
  /** Path to text; a path that ends in "!" is executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly access: Partial<AccessRules> & { readonly writable: readonly string[] };
  readonly setup?: string;
  readonly ca?: string;
  readonly buildOutputs?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly emptyFolders?: readonly string[];
  readonly links?: BaseRequest["links"];
  /** Id of another image than the packaged one. */
  readonly sandboxImageId?: string;
  /** Where its engine is; left out, where this process says. */
  readonly env?: Readonly<Record<string, string>>;
}

const LIMITS: Limits = {
  memoryBytes: 512 * 1024 * 1024,
  pids: 128,
  diskBytes: 512 * 1024 * 1024,
  shmBytes: 64 * 1024 * 1024,
  tmpBytes: 256 * 1024 * 1024,
  files: 4096,
  runtime: null,
};

export const signal: AbortSignal = AbortSignal.timeout(3_600_000);

/** Files as `{ "path": "text" }`, executable where the path ends in "!". */
export function filesOf(texts: Readonly<Record<string, string>>): WorkspaceFile[] {
  return Object.entries(texts).map(([name, text]) => ({
    path: name.replace(/!$/, ""),
    mode: name.endsWith("!") ? "100755" : "100644",
    content: Buffer.from(text),
  }));
}

/** A small project on the real engine: its base, and steps to play an agent in it. Disposing removes all it made. */
export async function openLab(options: LabOptions) {
  const engine = await connectEngine(options.env ?? process.env, homedir());
  const root = await mkdtemp(join(tmpdir(), "loopty-lab-"));
  const projectId = randomUUID();
  const cpus = chooseCpus(engine.cpuCount, { agentCpus: null, measureCpus: null });
  const settings: DockerSettings = {
    engine,
    projectId,
    repository: `loopty/lab-${projectId.slice(0, 8)}`,
    run: 1,
    owner: `${process.pid}:lab:${projectId}`,
    limits: {
      ...LIMITS,
      tmpBytes: (options.limits?.memoryBytes ?? LIMITS.memoryBytes) / 2,
      ...options.limits,
    },
    agentCpus: cpus.agent,
    network: "none",
    gpus: [],
    agentGpus: [],
  };
  const dispose = async () => {
    await removeLeftovers(engine, projectId, (owner) => owner === settings.owner);
    await removeImages(engine, await listImages(engine, projectId));
    await rm(root, { recursive: true, force: true });
  };
  try {
    return {
      ...(await furnish(options, settings, cpus.measure[0], root)),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function onHost({ path, mode, content }: WorkspaceFile): HostFile {
  return { path, mode, sizeBytes: content.length };
}

async function furnish(
  options: LabOptions,
  settings: DockerSettings,
  measureCpus: string,
  root: string,
) {
  const { engine, projectId } = settings;
  const policy = compileAccess({
    readable: [],
    hidden: [],
    default: "readable",
    ...options.access,
  });
  const files = filesOf(options.files);
  for (const { path, content } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const having = (access: string) => files.filter(({ path }) => policy.accessOf(path) === access);
  const baseRequest: BaseRequest = {
    sandboxImageId:
      options.sandboxImageId ?? (await sandboxImage(engine, { kind: "packaged" }, signal)).Id,
    root,
    protectedFiles: having("readable").map(onHost),
    writableFiles: having("writable").map(onHost),
    emptyFolders: options.emptyFolders ?? [],
    links: options.links ?? [],
    setup:
      options.setup === undefined
        ? null
        : { command: options.setup, timeoutMs: 120_000, ca: options.ca ?? null },
  };
  const base = await prepareBase(settings, baseRequest, signal);
  const snapshot = await makeSnapshot(settings, base, parseId("1"), having("writable"), "true");
  const facts = {
    policy,
    protectedFiles: base.tree.filter(({ kind }) => kind === "file").map(({ path }) => path),
    hiddenFiles: having("hidden").map(({ path }) => path),
    buildOutputs: options.buildOutputs ?? [],
  };
  const planFor = (own: readonly WorkspaceFile[]) =>
    planMounts({ ...facts, writableFiles: own.map(({ path }) => path) });
  const plan = planFor(having("writable"));
  const protectedVolume = await createVolume(settings, `loopty-lab-${projectId.slice(0, 8)}`, null);
  await copyFromImage(settings, protectedVolume, base.imageId, (path) => {
    for (const mount of plan.protected) {
      if (path === mount.path) return mount.source;
      if (mount.kind === "folder" && path.startsWith(`${mount.path}/`)) {
        return `${mount.source}${path.slice(mount.path.length)}`;
      }
    }
    return null;
  });

  const rules: EditRules = {
    policy,
    hiddenFiles: facts.hiddenFiles,
    isIgnored: (path) => path.endsWith(".ignored"),
    buildOutputs: new Set(options.buildOutputs ?? []),
    parentPaths: new Set(having("writable").map(({ path }) => path)),
  };

  const lab = {
    root,
    settings,
    sandbox: new DockerSandbox(settings, base),
    measureCpus,
    base,
    baseRequest,
    plan,
    policy,
    protectedVolume,
    /** Node 1: the project as it stands. */
    snapshot,
    writableFiles: having("writable"),
    hiddenFiles: having("hidden"),

    openAgent: (request: Partial<AgentContainerRequest> = {}, limits: Partial<Limits> = {}) =>
      openAgentContainer(
        { ...settings, limits: { ...settings.limits, ...limits } },
        {
          node: parseId("1.1"),
          imageId: snapshot.imageId,
          baseImage: base.imageId,
          plan,
          protectedVolume,
          files: having("writable"),
          rules,
          notes: [],
          scratch: [],
          equipment: NO_EQUIPMENT,
          packageVolume: null,
          fileTime: base.fileTime,
          deadlineMs: 600_000,
          ...request,
        },
      ),

    /** Plays an agent by shell commands, and gives what they printed and what came back. */
    play: async (...commands: string[]) => {
      await using agent = await lab.openAgent();
      const results = [];
      for (const command of commands) results.push(await agent.session.run(command, 60_000));
      return { results, back: await agent.readBack() };
    },

    /** A node's image from the files that it shall have. */
    snapshotOf: (
      id: string,
      own: Readonly<Record<string, string>>,
      command = "true",
    ): Promise<Snapshot> => makeSnapshot(settings, base, parseId(id), filesOf(own), command),

    /** Builds node 1, or the node asked for. */
    build: (
      command: string | null,
      request: Partial<BuildRequest> = {},
      abort: AbortSignal = signal,
    ): Promise<BuildOutcome> =>
      build(
        settings,
        {
          node: parseId("1"),
          snapshotId: snapshot.imageId,
          command,
          timeoutMs: 60_000,
          sources: new Set([...having("readable"), ...having("writable")].map(({ path }) => path)),
          isHidden: (path) =>
            policy.accessOf(path) === "hidden" ||
            facts.hiddenFiles.some((file) => isBelow(file, path)),
          isWritable: (path) => policy.accessOf(path) === "writable",
          hiddenFiles: facts.hiddenFiles,
          metricsFile: "metrics.csv",
          baselineOutputs: null,
          clean: true,
          ...request,
        },
        abort,
      ),

    /** How many containers and volumes there are of this lab; its volume of protected files is one. */
    left: async () => {
      const filters = { label: [`loopty.project=${projectId}`] };
      const containers = await engine.docker.listContainers({ all: true, filters });
      const { Volumes: volumes } = await engine.docker.listVolumes({ filters });
      return { containers: containers.length, volumes: volumes.length };
    },

    /** The image that a build command makes of node 1. Throws when it does not build. */
    built: async (command: string): Promise<string> => {
      const outcome = await lab.build(command);
      if (outcome.kind === "failed") throw new Error(`${outcome.reason}\n${outcome.log}`);
      return outcome.imageId;
    },
  };
  return lab;
}

export type Lab = Awaited<ReturnType<typeof openLab>>;

/** The engine's own first process of a container. */
export function initOf({ settings }: Lab): string {
  return settings.engine.kind === "podman" ? "/run/podman-init" : "/sbin/docker-init";
}
