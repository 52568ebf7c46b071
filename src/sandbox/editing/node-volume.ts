import { foldersAbove } from "../../core/access/path.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { type PackedEntry, packedFile } from "../container/archive.ts";
import { AGENT_UID } from "../container/user.ts";
import { type MountPlan, pathToSource } from "./mount-plan.ts";

/**
 * What a node's volume holds before its agent starts: the writable files, owned by the agent, under the flat names of
 * the mounts. Where protected files are mounted over a writable folder, it also holds root-owned sticky folders with
 * empty stand-ins.
 */
export function nodeVolumeEntries(plan: MountPlan, files: readonly WorkspaceFile[]): PackedEntry[] {
  const place = (path: string) => pathToSource(plan, path);
  const sticky = new Set(plan.stickyFolders.map(place));
  const folders = new Set<string>();
  const entries: PackedEntry[] = [];
  for (const mount of plan.writable) {
    if (mount.entry.kind === "folder") folders.add(mount.source);
  }
  for (const folder of plan.namedFolders) {
    const path = place(folder);
    if (path !== null) folders.add(path);
  }
  for (const file of files) {
    const path = place(file.path);
    if (path !== null) entries.push(packedFile({ ...file, path }, AGENT_UID));
  }
  for (const mount of plan.protected) {
    const path = place(mount.path);
    if (path === null) continue;
    if (mount.kind === "folder") folders.add(path);
    else entries.push({ path, content: Buffer.alloc(0), mode: 0o444, uid: 0 });
    // The agent must not be able to remove a mount point.
    sticky.add(mount.kind === "folder" ? path : null);
  }
  for (const path of [...sticky]) if (path !== null) folders.add(path);
  for (const path of foldersAbove(entries.map((entry) => entry.path))) folders.add(path);
  for (const path of foldersAbove([...folders])) folders.add(path);
  for (const path of folders) {
    const root = sticky.has(path);
    entries.push({
      path,
      content: "folder",
      mode: root ? 0o1777 : 0o755,
      uid: root ? 0 : AGENT_UID,
    });
  }
  return entries;
}
