import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { chunksOf } from "../../config/workspace/host-file.ts";
import type { PackedEntry } from "../container/archive.ts";

/** A folder of this machine as root's, for all to read and run. Its own modes count only for what may be run. */
export function packedFolder(root: string, below: string): PackedEntry[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((found) => {
    const path = `${below}/${found.name}`;
    const { mode, size } = lstatSync(join(root, path));
    if (found.isDirectory()) {
      return [{ path, content: "folder", mode: 0o755, uid: 0 }, ...packedFolder(root, path)];
    }
    if (found.isSymbolicLink()) {
      return [{ path, content: { linkTo: readlinkSync(join(root, path)) }, mode: 0o777, uid: 0 }];
    }
    if (!found.isFile()) return [];
    const isProgram = (mode & 0o111) !== 0;
    const file = { path, mode: isProgram ? "100755" : "100644", sizeBytes: size } as const;
    const content = { sizeBytes: size, chunks: () => chunksOf(root, file) };
    return [{ path, content, mode: isProgram ? 0o755 : 0o644, uid: 0 }];
  });
}
