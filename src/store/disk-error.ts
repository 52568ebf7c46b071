import { UserError } from "../core/error.ts";

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "the file system does not allow it",
  EROFS: "the file system is read-only",
};

/** The `code` of an error of the operating system, such as `ENOENT`. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** A `UserError` for what a user can fix about the disk; any other error as it is. */
export function toldToUser(error: unknown, path: string): unknown {
  const why = EXPLAINED[errorCode(error) ?? ""];
  if (why === undefined) return error;
  return new UserError(`cannot write ${path}: ${why}`, {
    hint: "what was stored before is whole; make room or fix the permissions, then resume",
    cause: error,
  });
}
