import { createHash } from "node:crypto";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { EngineError } from "../../core/error.ts";
import type { Engine } from "../engine/engine.ts";
import { isNotFound } from "../engine/engine.ts";
import { packArchive, readArchive } from "./archive.ts";
import { SECCOMP_PROFILE } from "./seccomp.ts";

const TARGET = "/loopty";
const FILE = "seccomp.json";
const MOST = { entries: 1, bytes: 2 * SECCOMP_PROFILE.length };

/** Of every engine that was asked, so that it is asked once. */
const paths = new WeakMap<Docker, Promise<string>>();

/**
 * The list of system calls as this engine takes it. Docker takes the text. Podman takes a path of its own machine
 * alone, where a volume is a way to bring the list to. The volume is named by the list's digest, serves all projects, and
 * stays, as the sandbox image does. No container of agent code mounts it. A container is not created where it is missing.
 */
export function seccompOption({ docker, kind }: Engine, image: string): Promise<string> {
  if (kind === "docker") return Promise.resolve(SECCOMP_PROFILE);
  const known = paths.get(docker);
  if (known !== undefined) return known;
  const path = bringList(docker, image);
  paths.set(docker, path);
  path.catch(() => paths.delete(docker));
  return path;
}

async function bringList(docker: Docker, image: string): Promise<string> {
  const digest = createHash("sha256").update(SECCOMP_PROFILE).digest("hex").slice(0, 12);
  const name = `loopty-seccomp-${digest}`;
  await docker.createVolume({ Name: name });
  const { Mountpoint: mountpoint } = await docker.getVolume(name).inspect();
  // It never runs.
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: [],
    Cmd: ["/bin/sh"],
    HostConfig: { NetworkMode: "none", Binds: [`${name}:${TARGET}`] },
  });
  try {
    if (!(await holdsList(container))) await putList(container);
    if (!(await holdsList(container))) {
      throw new EngineError("the list of system calls did not arrive at the container engine");
    }
  } finally {
    await container.remove({ force: true });
  }
  return `${mountpoint}/${FILE}`;
}

async function putList(container: Container): Promise<void> {
  const content = Buffer.from(SECCOMP_PROFILE);
  const archive = packArchive([{ path: FILE, content, mode: 0o444, uid: 0 }], new Date(0));
  await container.putArchive(archive, { path: TARGET });
}

async function holdsList(container: Container): Promise<boolean> {
  try {
    const archive = await container.getArchive({ path: `${TARGET}/${FILE}` });
    const reading = await readArchive(archive, MOST);
    return reading.kind === "entries" && reading.entries[0]?.content.toString() === SECCOMP_PROFILE;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
