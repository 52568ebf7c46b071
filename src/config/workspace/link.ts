import { readlinkSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { checkPath } from "../../core/access/path.ts";
import { isReserved } from "./folder.ts";

/** A symlink of the user's workspace that leads to something else in it. */
export interface ListedLink {
  readonly path: string;
  /** As it is written in the link: relative to its own folder. */
  readonly target: string;
}

/** Reads a symlink without following it; `null` for one that leads out of the workspace, or into what never is part of one. */
export function readLink(root: string, path: string): ListedLink | null {
  const target = readlinkSync(join(root, path));
  const leadsTo = normalize(join(dirname(path), target)).replace(/\/$/, "");
  const isInside =
    !target.startsWith("/") &&
    leadsTo !== ".." &&
    !leadsTo.startsWith("../") &&
    !leadsTo.split("/").some(isReserved) &&
    (leadsTo === "." || checkPath(leadsTo) === null);
  return isInside ? { path, target } : null;
}
