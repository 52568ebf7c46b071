import { createHash } from "node:crypto";
import type { Container } from "dockerode";
import { isBelow } from "../../core/access/path.ts";
import { comparePaths } from "../../core/file.ts";
import { readArchive } from "../container/archive.ts";
import { WORKSPACE } from "../sandbox.ts";

const LIMITS = { entries: 5_000, bytes: 64 * 1024 ** 2 };
/** Each is an archive of its own. */
const MOST_OUTPUTS = 50;
const NOTE_NAME = Buffer.from("GNU\0");
const BUILD_ID = 3;
const AR_MAGIC = "!<arch>\n";
const AR_HEADER_BYTES = 60;

/**
 * SHA-256 of what a build made, without what differs between two builds of the same text: an ELF file's build id and the
 * times in static libraries. `null` where it made nothing, or too much to be read.
 */
export async function outputDigest(
  container: Container,
  outputs: readonly string[],
): Promise<string | null> {
  const tops = outputs.filter((path) => !outputs.some((other) => isBelow(path, other)));
  if (tops.length === 0 || tops.length > MOST_OUTPUTS) return null;
  const hash = createHash("sha256");
  for (const top of tops.toSorted(comparePaths)) {
    const archive = await container.getArchive({ path: `${WORKSPACE}/${top}` });
    const reading = await readArchive(archive, LIMITS);
    if (reading.kind === "refused") return null;
    for (const { name, type, mode, content } of reading.entries.toSorted((a, b) =>
      comparePaths(a.name, b.name),
    )) {
      // The content of a link is its target, which is not read here.
      if (type !== "file" && type !== "directory") return null;
      hash.update(JSON.stringify([top, name, type, mode, content.length]));
      hash.update(withoutBuildMarks(content));
    }
  }
  return hash.digest("hex");
}

/** A copy with zeros in place of build ids and times. What is no such file stays as it is. */
export function withoutBuildMarks(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  if (copy.subarray(0, 4).toString("latin1") === "\x7fELF") stripBuildIds(copy);
  if (copy.subarray(0, AR_MAGIC.length).toString("latin1") === AR_MAGIC) stripTimes(copy);
  return copy;
}

/** An ELF note is the lengths of its name and its content, its type, its name, its content (elf(5)). */
function stripBuildIds(elf: Buffer): void {
  for (let at = elf.indexOf(NOTE_NAME); at >= 0; at = elf.indexOf(NOTE_NAME, at + 1)) {
    if (at < 12 || elf.readUInt32LE(at - 4) !== BUILD_ID) continue;
    if (elf.readUInt32LE(at - 12) !== NOTE_NAME.length) continue;
    const end = at + NOTE_NAME.length + elf.readUInt32LE(at - 8);
    if (end <= elf.length && end - at <= 128) elf.fill(0, at + NOTE_NAME.length, end);
  }
}

/** A member's header: name of 16 bytes, time of 12, owner and group of 6, mode of 8, size of 10 (ar(5)). */
function stripTimes(library: Buffer): void {
  for (let at = AR_MAGIC.length; at + AR_HEADER_BYTES <= library.length; ) {
    const size = Number(library.toString("latin1", at + 48, at + 58).trim());
    if (!Number.isInteger(size) || size < 0) return;
    library.fill(0x20, at + 16, at + 40);
    at += AR_HEADER_BYTES + size + (size % 2);
  }
}
