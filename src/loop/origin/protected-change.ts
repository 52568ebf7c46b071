import { createHash } from "node:crypto";
import { chunksOf } from "../../config/workspace/host-file.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ProtectedDigests } from "../../store/protected-files.ts";
import type { DividedWorkspace } from "./workspace.ts";

type Protected = Pick<DividedWorkspace, "root" | "protectedFiles">;

const MOST_NAMED = 5;

/** What every protected file is now, its right to execute included. Throws `UserError` for what cannot be read. */
export function protectedDigests({ root, protectedFiles }: Protected): ProtectedDigests {
  return Object.fromEntries(
    protectedFiles.map((file) => {
      const hash = createHash("sha256").update(file.mode);
      for (const chunk of chunksOf(root, file)) hash.update(chunk);
      return [file.path, hash.digest("hex")];
    }),
  );
}

/** A sentence for people where protected files are no longer what the run's base has; `null` where they are. */
export function protectedChange(recorded: ProtectedDigests, workspace: Protected): string | null {
  const now = new Map(Object.entries(protectedDigests(workspace)));
  const before = new Map(Object.entries(recorded));
  const paths = [...new Set([...before.keys(), ...now.keys()])]
    .filter((path) => before.get(path) !== now.get(path))
    .sort();
  if (paths.length === 0) return null;
  const named = paths.slice(0, MOST_NAMED).map((path) => printable(path));
  const more = paths.length > named.length ? ", …" : "";
  const count = formatCounted(paths.length, "protected file");
  return `${count} changed since the run began, which keeps those that it began with: ${named.join(", ")}${more}; a new run takes them as they are`;
}
