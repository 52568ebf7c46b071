import { UserError } from "../../core/error.ts";

const EXPLAINED: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "the file system does not allow it",
  EROFS: "the file system is read-only",
  EFBIG: "files may not grow so large",
  ENOTDIR: "a file stands where a folder should be",
  EISDIR: "a folder stands where a file should be",
  ELOOP: "symlinks lead in a circle",
};

/** The `code` of an error of the operating system, such as `ENOENT`. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** A `UserError` for what a user can fix about the disk; any other error as it is. */
export function toldToUser(error: unknown, path: string): unknown {
  const why = EXPLAINED[errorCode(error) ?? ""];
  return why === undefined ? error : cannotWrite(path, why, error);
}

/** The same for the message of another program; `null` unless it says that the disk is full. */
export function fullDiskError(message: string, path: string): UserError | null {
  const isFull = /no space left on device|out of diskspace|disk quota exceeded/i.test(message);
  return isFull ? cannotWrite(path, "no space is left on the disk", message) : null;
}

function cannotWrite(path: string, why: string, cause: unknown): UserError {
  return new UserError(`cannot write ${path}: ${why}`, {
    hint: "what was stored before is whole; make room or fix the permissions, then resume",
    cause,
  });
}
