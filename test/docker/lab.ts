import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AccessRules, compileAccess } from "../../src/core/access.ts";
import type { WorkspaceFile } from "../../src/core/file.ts";
import { type NodeId, parseId } from "../../src/core/id.ts";
import { type AgentContainer, openAgentContainer } from "../../src/sandbox/agent-container.ts";
import { prepareBase } from "../../src/sandbox/base.ts";
import { connectEngine } from "../../src/sandbox/engine.ts";
import { listImages, removeImages } from "../../src/sandbox/image-removal.ts";
import { removeLeftovers } from "../../src/sandbox/leftover.ts";
import { planMounts } from "../../src/sandbox/mount-plan.ts";
import { validateReadBack } from "../../src/sandbox/read-back.ts";
import { sandboxImage } from "../../src/sandbox/sandbox-image.ts";
import { defaultCpuSets, type Limits, type Scope } from "../../src/sandbox/scope.ts";
import { makeSnapshot } from "../../src/sandbox/snapshot.ts";
import { copyFromImage, createVolume, removeVolume } from "../../src/sandbox/volume.ts";

export interface LabOptions {
  /** Path to text; a path that ends in "!" is executable. */
  readonly files: Readonly<Record<string, string>>;
  readonly access: Partial<AccessRules> & { readonly writable: readonly string[] };
  readonly setup?: string;
  readonly buildOutputs?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly emptyFolders?: readonly string[];
}

const LIMITS: Limits = {
  memoryBytes: 512 * 1024 * 1024,
  pids: 128,
  diskBytes: 512 * 1024 * 1024,
  runtime: null,
};

export const signal: AbortSignal = AbortSignal.timeout(3_600_000);

/** A small project on the real engine: its base, and steps to play an agent in it. Disposing removes all it made. */
export async function openLab(options: LabOptions) {
  const engine = await connectEngine(process.env, homedir());
  const root = await mkdtemp(join(tmpdir(), "loopty-lab-"));
  const policy = compileAccess({
    readable: [],
    hidden: [],
    default: "readable",
    ...options.access,
  });
  const files: WorkspaceFile[] = [];
  for (const [name, text] of Object.entries(options.files)) {
    const path = name.replace(/!$/, "");
    const mode = name.endsWith("!") ? ("100755" as const) : ("100644" as const);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    files.push({ path, mode, content: Buffer.from(text) });
  }
  const with_ = (access: string) => files.filter((file) => policy.accessOf(file.path) === access);
  const projectId = randomUUID();
  const scope: Scope = {
    engine,
    projectId,
    repository: `loopty/lab-${projectId.slice(0, 8)}`,
    run: 1,
    owner: `${process.pid}:lab:${projectId}`,
    limits: { ...LIMITS, ...options.limits },
    cpus: defaultCpuSets(engine.cpuCount),
    network: "none",
  };
  const sandbox = await sandboxImage(engine, { kind: "packaged" }, signal);
  const base = await prepareBase(
    scope,
    {
      sandboxImageId: sandbox.Id,
      workspaceRoot: root,
      protectedFiles: with_("readable"),
      writableFiles: with_("writable"),
      emptyFolders: options.emptyFolders ?? [],
      setup: options.setup === undefined ? null : { command: options.setup, timeoutMs: 120_000 },
    },
    signal,
  );
  const protectedFiles = base.tree.filter((e) => e.kind === "file").map((e) => e.path);
  const plan = planMounts({
    policy,
    protectedFiles,
    hiddenFiles: with_("hidden").map((file) => file.path),
    buildOutputs: options.buildOutputs ?? [],
    writableFiles: with_("writable").map((file) => file.path),
  });
  const protectedVolume = await createVolume(scope, `loopty-lab-${projectId.slice(0, 8)}`, null);
  await copyFromImage(scope, protectedVolume, base.imageId, (path) => {
    for (const mount of plan.protected) {
      if (path === mount.path) return mount.source;
      if (mount.kind === "folder" && path.startsWith(`${mount.path}/`)) {
        return `${mount.source}${path.slice(mount.path.length)}`;
      }
    }
    return null;
  });
  const snapshot = await makeSnapshot(scope, base, parseId("1"), with_("writable"), "true");

  const lab = {
    root,
    scope,
    base,
    plan,
    policy,
    snapshot,
    writableFiles: with_("writable"),
    hiddenEntries: with_("hidden").map((file) => ({
      path: file.path,
      content: file.content,
      mode: 0o644,
      uid: 0,
    })),
    openAgent: (): Promise<AgentContainer> =>
      openAgentContainer(scope, {
        node: parseId("1.1"),
        image: snapshot.imageId,
        baseImage: base.imageId,
        plan,
        protectedVolume,
        files: with_("writable"),
        fileTime: base.fileTime,
        deadlineMs: 600_000,
      }),
    /** Plays an agent by shell commands, and gives what came back. */
    play: async (...commands: string[]) => {
      await using agent = await lab.openAgent();
      const results = [];
      for (const command of commands) results.push(await agent.session.run(command, 60_000));
      const archive = await agent.readBack();
      if (archive.kind === "refused") return { results, archive, back: null };
      const back = validateReadBack(archive.entries, {
        plan,
        policy,
        isIgnored: (path) => path.endsWith(".ignored"),
        buildOutputs: new Set(options.buildOutputs ?? []),
        parentPaths: new Set(with_("writable").map((file) => file.path)),
      });
      return { results, archive, back };
    },
    snapshotOf: (id: NodeId, changed: readonly WorkspaceFile[]) =>
      makeSnapshot(scope, base, id, changed, "true"),
    [Symbol.asyncDispose]: async () => {
      await removeLeftovers(engine, projectId, (owner) => owner === scope.owner);
      await removeVolume(scope, protectedVolume.name);
      await removeImages(engine, await listImages(engine, projectId));
      await rm(root, { recursive: true, force: true });
    },
  };
  return lab;
}

export type Lab = Awaited<ReturnType<typeof openLab>>;
