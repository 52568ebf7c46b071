import { createHash } from "node:crypto";
import type Docker from "dockerode";
import type { Container, MountSettings } from "dockerode";
import { EngineError } from "../../core/error.ts";
import { type DockerSettings, runtimeOf } from "../docker-settings.ts";
import { type SourceVolume, sourceMount } from "../editing/volume-mount.ts";
import { isNotFound } from "../engine/engine.ts";
import { packArchive, readArchive } from "./archive.ts";
import { containerIdentity } from "./label.ts";
import { SECCOMP_PROFILE } from "./seccomp.ts";

/** What containers get from the machine of their engine. */
export interface EngineFiles {
  /** The list of system calls as the engine takes it. */
  readonly seccomp: string;
  /**
   * The mount of `/etc/hosts` for a container whose engine makes no network for it; `null` where the engine makes the
   * network "none". Docker spends half of a container's start on that, though runc gives every container a network of
   * its own with nothing but the loopback. What is missing then is the file in which `localhost` has an address.
   */
  readonly hosts: MountSettings | null;
}

const TARGET = "/loopty";
const FILES = {
  "seccomp.json": SECCOMP_PROFILE,
  // As Docker writes it for a container without a network.
  hosts: `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`,
} as const;
const MOST = { entries: 1, bytes: 2 * SECCOMP_PROFILE.length };

/** Of every engine that was asked. */
const volumes = new WeakMap<Docker, Promise<SourceVolume>>();

/**
 * Docker takes the list of system calls as text. Podman takes a path of its own machine alone. A file of the engine's
 * machine is brought there in a volume that is named by its files' digest, serves all projects, and stays, as the
 * sandbox image does. No container of agent code can write to it.
 */
export async function engineFiles(settings: DockerSettings, image: string): Promise<EngineFiles> {
  if (settings.engine.kind === "podman") {
    const { mountpoint } = await filesVolume(settings, image);
    return { seccomp: `${mountpoint}/seccomp.json`, hosts: null };
  }
  // Another runtime may leave the loopback down.
  if (runtimeOf(settings) !== "runc") return { seccomp: SECCOMP_PROFILE, hosts: null };
  const volume = await filesVolume(settings, image);
  const hosts = sourceMount(settings, volume, "hosts", "/etc/hosts", true);
  return { seccomp: SECCOMP_PROFILE, hosts };
}

/** The volume is brought anew where somebody removed it: a user's prune takes every volume that no container has. */
async function filesVolume(settings: DockerSettings, image: string): Promise<SourceVolume> {
  const { docker } = settings.engine;
  const known = volumes.get(docker);
  if (known !== undefined && (await isThere(docker, await known))) return known;
  const current = volumes.get(docker);
  if (current !== undefined && current !== known) return current;
  const brought = bringFiles(settings, image);
  volumes.set(docker, brought);
  brought.catch(() => volumes.delete(docker));
  return brought;
}

async function isThere(docker: Docker, { name }: SourceVolume): Promise<boolean> {
  try {
    await docker.getVolume(name).inspect();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function bringFiles(settings: DockerSettings, image: string): Promise<SourceVolume> {
  const { docker } = settings.engine;
  const digest = createHash("sha256").update(JSON.stringify(FILES)).digest("hex").slice(0, 12);
  const volume = `loopty-engine-${digest}`;
  await docker.createVolume({ Name: volume });
  const { Mountpoint: mountpoint } = await docker.getVolume(volume).inspect();
  const { name, labels } = containerIdentity(settings, "helper", null);
  // It never runs, and where loopty is killed now it is found by its labels.
  const container = await docker.createContainer({
    name,
    Labels: labels,
    Image: image,
    Entrypoint: [],
    Cmd: ["/bin/sh"],
    HostConfig: { NetworkMode: "none", Binds: [`${volume}:${TARGET}`] },
  });
  try {
    if (!(await holdsFiles(container))) await putFiles(container);
    if (!(await holdsFiles(container))) {
      throw new EngineError("loopty's files did not arrive at the container engine");
    }
  } finally {
    await container.remove({ force: true });
  }
  return { name: volume, mountpoint };
}

async function putFiles(container: Container): Promise<void> {
  const files = Object.entries(FILES).map(([path, text]) => {
    return { path, content: Buffer.from(text), mode: 0o444, uid: 0 };
  });
  await container.putArchive(packArchive(files, new Date(0)), { path: TARGET });
}

async function holdsFiles(container: Container): Promise<boolean> {
  for (const [path, text] of Object.entries(FILES)) {
    if ((await textOf(container, path)) !== text) return false;
  }
  return true;
}

async function textOf(container: Container, path: string): Promise<string | null> {
  try {
    const archive = await container.getArchive({ path: `${TARGET}/${path}` });
    const reading = await readArchive(archive, MOST);
    return reading.kind === "entries" ? (reading.entries[0]?.content.toString() ?? null) : null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
