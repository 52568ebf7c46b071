import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { createContainer } from "../container/container.ts";
import { readFrames } from "../container/frame.ts";
import { idleSpec } from "../container/hardening.ts";
import { Output } from "../container/output.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { type SourceVolume, wholeMount } from "./volume-mount.ts";

const TARGET = "/loopty";
const COUNT = 'find "$0" -xdev 2>/dev/null | head -n "$1" | wc -l';
const OUTPUT = { headBytes: 100, tailBytes: 0 };
/** How many looks there are between two counts where nothing hints at a flood. */
const BLIND_LOOKS = 15;

/**
 * How many entries a volume has, counted no further than `most`. A container of its own counts, as root but for reading
 * alone: an agent can lock folders against every other user, and an archive is only read of what nobody writes to.
 */
export async function countEntries(
  settings: DockerSettings,
  volume: SourceVolume,
  image: string,
  most: number,
): Promise<number> {
  const idle = idleSpec(settings, image, [wholeMount(volume, TARGET, true)]);
  const command = ["timeout", "-s", "KILL", "60", "/bin/sh", "-c", COUNT, TARGET, String(most)];
  await using created = await createContainer({ ...idle, command }, (options) => ({
    ...options,
    User: "0:0",
    HostConfig: { ...options.HostConfig, CapAdd: ["DAC_READ_SEARCH"] },
  }));
  const { container } = created;
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const output = new Output(OUTPUT);
  const onStdout = (chunk: Buffer) => output.push(chunk);
  const drained = readFrames(stream, { onStdout, onStderr() {} });
  await container.start();
  await container.wait();
  await drained;
  return Number(output.text());
}

/** Shows when a volume is worth counting. Others use inodes of the same file system too, so this is no proof. */
export class FloodHint {
  readonly #entries: number;
  readonly #usedInodes: () => Promise<number | null>;
  #used: number | null = null;
  #looks = 0;

  /** `entries` is how many more there must be since its last hint. Where the inodes are not known, time decides. */
  constructor(entries: number, usedInodes: () => Promise<number | null>) {
    this.#entries = entries;
    this.#usedInodes = usedInodes;
  }

  async isThere(): Promise<boolean> {
    const used = await this.#usedInodes();
    if (used === null) return ++this.#looks % BLIND_LOOKS === 0;
    this.#used ??= used;
    if (used - this.#used < this.#entries) return false;
    this.#used = used;
    return true;
  }
}

/** The used inodes of the file system that a volume of this machine is on; `null` where it does not report them. */
export async function usedInodes(volume: SourceVolume): Promise<number | null> {
  // Anyone may ask for what is above `…/volumes/<name>/_data`.
  const folder = dirname(dirname(dirname(volume.mountpoint)));
  try {
    const { files, ffree } = await statfs(folder);
    return files === 0 ? null : files - ffree;
  } catch {
    return null;
  }
}
