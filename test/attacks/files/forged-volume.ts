import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import tar from "tar-stream";
import { compileAccess } from "../../../src/core/access/policy.ts";
import { readArchive } from "../../../src/sandbox/container/archive.ts";
import { planMounts } from "../../../src/sandbox/editing/mount-plan.ts";
import { validateReadBack } from "../../../src/sandbox/editing/read-back.ts";

/** An entry as no file system would give it; a file unless it says otherwise. */
export interface ForgedEntry {
  readonly name: string;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly linkname?: string;
  readonly text?: string;
  /** In place of the type's own letter in the header. */
  readonly letter?: string;
}

const BLOCK = 512;
const END = Buffer.alloc(2 * BLOCK);
const LETTER = 156;
const CHECKSUM = { start: 148, length: 8 };

const policy = compileAccess({
  writable: ["params.h", "src/"],
  readable: ["src/keep.h"],
  hidden: ["src/oracle/"],
  default: "readable",
});

// In the volume, 0 is params.h and 1 is src/.
const plan = planMounts({
  policy,
  protectedFiles: ["bench.sh", "src/keep.h"],
  hiddenFiles: ["src/oracle/answer"],
  buildOutputs: [],
  writableFiles: ["params.h", "src/kernel.c"],
});

export async function forgeArchive(entries: readonly ForgedEntry[]): Promise<Buffer> {
  const archives = await Promise.all(
    entries.map(async ({ name, type = "file", linkname, text = "", letter }) => {
      const pack = tar.pack();
      pack.entry({ name, type, ...(linkname === undefined ? {} : { linkname }) }, text);
      pack.finalize();
      const bytes = (await buffer(pack)).subarray(0, -END.length);
      if (letter !== undefined) relabel(bytes, letter);
      return bytes;
    }),
  );
  return Buffer.concat([...archives, END]);
}

function relabel(header: Buffer, letter: string): void {
  header.write(letter, LETTER, "latin1");
  header.fill(" ", CHECKSUM.start, CHECKSUM.start + CHECKSUM.length);
  const sum = header.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM.start, "latin1");
}

/** Why a volume with these entries is refused; `null` where it is not. */
export async function refusalOf(...entries: readonly ForgedEntry[]): Promise<string | null> {
  const archive = Readable.from([await forgeArchive(entries)]);
  const reading = await readArchive(archive, { entries: 100, bytes: 1024 * 1024 });
  if (reading.kind === "refused") return reading.reason;
  const back = validateReadBack(reading.entries, {
    plan,
    policy,
    isIgnored: () => false,
    buildOutputs: new Set(),
    parentPaths: new Set(["params.h", "src/kernel.c"]),
  });
  return back.kind === "violation" ? back.reason : null;
}
