import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import tar, { type ExtractEvents, type Header, type Pack } from "tar-stream";
import { foldersAbove } from "../../core/access/path.ts";
import { EngineError, messageOf } from "../../core/error.ts";
import { comparePaths, permissionsOf, type WorkspaceFile } from "../../core/file.ts";
import { WORKSPACE } from "../sandbox.ts";
import { linkAskedFor } from "./path-stat.ts";

const STICKY_FOLDER = 0o1777;

/** A file whose bytes are fetched when their turn comes. */
interface PackedSource {
  readonly sizeBytes: number;
  chunks(): Iterable<Buffer>;
}

/** Where a symlink leads, as it is written in it. */
interface PackedLink {
  readonly linkTo: string;
}

/** What goes into a container or volume. Paths are relative to the folder the archive is put at. */
export interface PackedEntry {
  readonly path: string;
  readonly content: Buffer | PackedSource | PackedLink | "folder";
  /** Permission bits such as 0o644. */
  readonly mode: number;
  /** Owner's uid, used for the group as well. */
  readonly uid: number;
}

/**
 * A deterministic tar stream: sorted, with one fixed time, and without names of owners. It always begins with the entry
 * `./`. Engines before 29.5.1 sniff a stream for compression, and a hostile first name could look like gzip
 * (CVE-2026-41567).
 */
export function packArchive(entries: readonly PackedEntry[], mtime: Date): Readable {
  const pack = tar.pack();
  const out = new PassThrough();
  const fill = async () => {
    const common = { mtime, gid: 0, uid: 0, uname: "", gname: "" };
    // The engine skips this entry's mode and time. The folder that it is put at stays as it is.
    pack.entry({ ...common, name: "./", type: "directory", mode: 0o755 });
    for (const { path, mode, uid, content } of entries.toSorted(byPath)) {
      const header = { ...common, mode, uid, gid: uid };
      if (content === "folder") {
        pack.entry({ ...header, name: `./${path}/`, type: "directory" });
      } else if ("linkTo" in content) {
        pack.entry({ ...header, name: `./${path}`, type: "symlink", linkname: content.linkTo });
      } else {
        const isBuffer = Buffer.isBuffer(content);
        const size = isBuffer ? content.length : content.sizeBytes;
        const chunks = isBuffer ? [content] : content.chunks();
        await packFile(pack, { ...header, name: `./${path}`, size }, chunks);
      }
    }
    pack.finalize();
  };
  fill().catch((error: unknown) => pack.destroy(asError(error)));
  pipeline(pack, out).catch((error: unknown) => out.destroy(asError(error)));
  return out;
}

type FileHeader = Partial<Header> & Pick<Header, "name" | "size">;

/** Resolves once the file is on its way, so that no more than a piece of it is in memory. */
export async function packFile(
  pack: Pack,
  header: FileHeader,
  chunks: Iterable<Buffer> | AsyncIterable<unknown>,
): Promise<void> {
  const entry = pack.entry(header);
  const closed = once(entry, "close");
  // Nobody waits for this where the chunks fail.
  closed.catch(() => {});
  for await (const chunk of chunks) {
    if (!entry.write(chunk)) await Promise.race([once(entry, "drain"), closed]);
  }
  entry.end(null);
  await closed;
}

/**
 * An archive to be put at `/` for what goes into the workspace. Its folder comes along, sticky and open to all, so that
 * builds may add files anywhere but replace none.
 */
export function packWorkspace(entries: readonly PackedEntry[], mtime: Date): Readable {
  const name = WORKSPACE.slice(1);
  const root: PackedEntry = { path: name, content: "folder", mode: STICKY_FOLDER, uid: 0 };
  const inside = entries.map((entry) => ({ ...entry, path: `${name}/${entry.path}` }));
  return packArchive([root, ...inside], mtime);
}

/** An entry for a file, of root or of the user `uid`. */
export function packedFile({ path, mode, content }: WorkspaceFile, uid = 0): PackedEntry {
  return { path, content, mode: permissionsOf(mode), uid };
}

/** Entries for the folders above these paths, in the form of every folder of a workspace. */
export function stickyFolders(paths: readonly string[]): PackedEntry[] {
  return foldersAbove(paths).map((path) => ({
    path,
    content: "folder",
    mode: STICKY_FOLDER,
    uid: 0,
  }));
}

function byPath(a: PackedEntry, b: PackedEntry): number {
  return comparePaths(a.path, b.path);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The path of an entry of an archive of the workspace, whose root is its last part: `workspace/src/a.c`. */
export function pathInWorkspace(name: string): string {
  return name.split("/").slice(1).join("/").replace(/\/+$/, "");
}

type ArchiveEntry = ExtractEvents["entry"][1];

/** Goes through a tar stream entry by entry. What is left unread of an entry is skipped. It is only for what no agent wrote. */
export async function eachEntry(
  archive: NodeJS.ReadableStream,
  use: (entry: ArchiveEntry) => Promise<void>,
): Promise<void> {
  const extract = tar.extract();
  const read = async () => {
    for await (const entry of extract) {
      await use(entry);
      entry.resume();
    }
  };
  await Promise.all([pipeline(archive, extract), read()]);
}

/** One entry of an archive that came out of a container. Nothing in it is checked yet. */
export interface RawEntry {
  /** The name in the archive, without a trailing slash. */
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly content: Buffer;
}

export interface ArchiveLimits {
  readonly entries: number;
  readonly bytes: number;
}

export type ArchiveReading =
  | { readonly kind: "entries"; readonly entries: readonly RawEntry[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Two blocks of zeros (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html). */
const TAR_END = Buffer.alloc(1024);

/**
 * Reads a tar stream into memory, never onto a disk, and stops as soon as a limit is crossed. The archive of a symlink is
 * one entry, also on Podman, which sends what the link leads to. Throws `EngineError` for what is no tar stream. One that
 * breaks off is refused, also between two entries.
 */
export async function readArchive(
  stream: NodeJS.ReadableStream,
  limits: ArchiveLimits,
): Promise<ArchiveReading> {
  const link = linkAskedFor(stream);
  if (link !== null) {
    if (stream instanceof IncomingMessage) stream.destroy();
    const entry = { name: link, type: "symlink", mode: 0o777, content: Buffer.alloc(0) };
    return { kind: "entries", entries: [entry] };
  }
  const entries: RawEntry[] = [];
  let bytes = 0;
  let refusal: string | null = null;
  const extract = tar.extract();
  let tail: Buffer = Buffer.alloc(0);
  const copied = pipeline(
    stream,
    async function* (chunks) {
      for await (const chunk of chunks) {
        const bytesRead = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        tail = Buffer.concat([tail, bytesRead.subarray(-TAR_END.length)]).subarray(-TAR_END.length);
        yield bytesRead;
      }
    },
    extract,
  ).catch((error: unknown) => {
    if (refusal === null) throw error;
  });
  const read = (async () => {
    for await (const entry of extract) {
      const { name, type, mode, size } = entry.header;
      if (entries.length >= limits.entries) {
        refusal = `more than ${limits.entries} files and folders`;
        break;
      }
      if (bytes + (size ?? 0) > limits.bytes) {
        refusal = `more than ${limits.bytes} bytes of files`;
        break;
      }
      const content = await contentOf(entry);
      bytes += content.length;
      entries.push({
        name: name.replace(/\/+$/, ""),
        // A kind that the tar format does not name, such as GNU's sparse file, must not be read as a plain file.
        type: type ?? "special entry",
        mode: mode ?? 0,
        content,
      });
    }
  })();
  await Promise.all([copied, read]).catch((cause: unknown) => {
    throw new EngineError(`the engine's archive cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (refusal === null && !tail.equals(TAR_END)) refusal = "what the engine cannot read to its end";
  return refusal === null ? { kind: "entries", entries } : { kind: "refused", reason: refusal };
}

export async function contentOf(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}
