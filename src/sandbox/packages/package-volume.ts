import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentPackages } from "../../agent/equipment.ts";
import { UserError } from "../../core/error.ts";
import { type PackedEntry, packArchive } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { idleSpec } from "../container/hardening.ts";
import { LABEL } from "../container/label.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { openVolume } from "../editing/volume.ts";
import { type SourceVolume, wholeMount } from "../editing/volume-mount.ts";
import { isNotFound } from "../engine/engine.ts";
import { installPackages, type NpmCpu } from "./npm.ts";
import { packedFolder } from "./packed-folder.ts";

/** Node of loopty's own: images may have none, or an old one. */
const NODE = "node-linux-$CPU@22.23.5";
const NODE_PROGRAM = "node-linux-$CPU/bin/node";
/** Written last. A volume without it was left half filled. */
const COMPLETE = "complete";
const LOOK = "/loopty";
const FILE_TIME = new Date("2001-09-09T01:46:40Z");
const CPUS: Readonly<Record<string, NpmCpu>> = { amd64: "x64", arm64: "arm64" };

/**
 * The volume with an agent's packages, filled once per engine and shared by all projects. Nobody may write to it. `image`
 * is a trusted one of the platform that the agent's containers have. Throws `UserError` where npm fails.
 */
export async function packageVolume(
  settings: DockerSettings,
  image: string,
  packages: AgentPackages,
): Promise<SourceVolume> {
  const { docker } = settings.engine;
  const cpu = await cpuOf(settings, image);
  const wanted = resolved(packages, cpu);
  const key = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, 16);
  const name = `loopty-packages-${key}`;
  await docker.createVolume({ Name: name, Labels: { [LABEL.kind]: "packages", [LABEL.key]: key } });
  const { Mountpoint: mountpoint } = await docker.getVolume(name).inspect();
  const volume = { name, mountpoint };
  if (!(await isComplete(settings, volume, image)))
    await fill(settings, volume, image, wanted, cpu);
  return volume;
}

async function cpuOf({ engine }: DockerSettings, image: string): Promise<NpmCpu> {
  const { Architecture: architecture } = await engine.docker.getImage(image).inspect();
  const cpu = CPUS[architecture];
  if (cpu !== undefined) return cpu;
  throw new UserError(`no command line agent runs on ${architecture}`, {
    hint: "the processors are amd64 and arm64",
  });
}

function resolved(packages: AgentPackages, cpu: NpmCpu): AgentPackages {
  const put = (text: string) => text.replaceAll("$CPU", cpu);
  const programs = Object.entries({ ...packages.programs, node: NODE_PROGRAM });
  return {
    specs: [...packages.specs, NODE].map(put),
    programs: Object.fromEntries(programs.map(([name, path]) => [name, put(path)])),
  };
}

async function isComplete(
  settings: DockerSettings,
  volume: SourceVolume,
  image: string,
): Promise<boolean> {
  const mounts = [wholeMount(volume, LOOK, true)];
  await using look = await createContainer(idleSpec(settings, image, mounts));
  try {
    const archive = await look.container.getArchive({ path: `${LOOK}/${COMPLETE}` });
    archive.resume();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function fill(
  settings: DockerSettings,
  volume: SourceVolume,
  image: string,
  { specs, programs }: AgentPackages,
  cpu: NpmCpu,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "loopty-packages-"));
  try {
    await installPackages(specs, cpu, folder);
    const links = Object.entries(programs).map(([name, path]): PackedEntry => {
      const content = { linkTo: `../node_modules/${path}` };
      return { path: `bin/${name}`, content, mode: 0o777, uid: 0 };
    });
    const entries: PackedEntry[] = [
      { path: "bin", content: "folder", mode: 0o755, uid: 0 },
      ...links,
      { path: "node_modules", content: "folder", mode: 0o755, uid: 0 },
      ...packedFolder(folder, "node_modules"),
    ];
    await using helper = await openVolume(settings, volume, image);
    await helper.put(packArchive(entries, FILE_TIME));
    const mark = { path: COMPLETE, content: Buffer.alloc(0), mode: 0o444, uid: 0 };
    await helper.put(packArchive([mark], FILE_TIME));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
