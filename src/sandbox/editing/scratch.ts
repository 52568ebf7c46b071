import type { Container } from "dockerode";
import { checkPath, foldersAbove } from "../../core/access/path.ts";
import { comparePaths } from "../../core/file.ts";
import { type PackedEntry, pathInWorkspace, readArchive } from "../container/archive.ts";
import { AGENT_UID } from "../container/user.ts";
import { type NoteFile, SCRATCH_FOLDER } from "../sandbox.ts";

const LIMITS = { entries: 500, bytes: 1024 ** 2 };

/** The agent's own folder with what it has from its parent's agent. The folder above it is root's, so it stays where it is. */
export function scratchEntries(files: readonly NoteFile[]): PackedEntry[] {
  const below = SCRATCH_FOLDER.slice(1);
  const paths = files.map(({ path }) => `${below}/${path}`);
  const own = foldersAbove([...paths, `${below}/x`]).filter((path) => path.startsWith(below));
  return [
    ...own.map((path) => ({ path, content: "folder" as const, mode: 0o755, uid: AGENT_UID })),
    ...files.map(({ path, content }) => ({
      path: `${below}/${path}`,
      content,
      mode: 0o644,
      uid: AGENT_UID,
    })),
  ];
}

/** The plain files in it; `null` where they are too many or too large. What is no plain file is left out. */
export async function readScratch(container: Container): Promise<NoteFile[] | null> {
  const archive = await readArchive(await container.getArchive({ path: SCRATCH_FOLDER }), LIMITS);
  if (archive.kind === "refused") return null;
  return archive.entries
    .filter(({ type }) => type === "file")
    .map(({ name, content }) => ({ path: pathInWorkspace(name), content }))
    .filter(({ path }) => checkPath(path) === null)
    .sort((a, b) => comparePaths(a.path, b.path));
}
