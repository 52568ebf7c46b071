/** A line of `/proc/self/mountinfo` (man 5 proc_pid_mountinfo), as far as it matters here. */
export interface MountLine {
  /** The mount's root within its file system. */
  readonly root: string;
  readonly mountPoint: string;
  readonly readOnly: boolean;
}

export interface ExpectedMount {
  readonly target: string;
  readonly readOnly: boolean;
  /** The end that the mount's root must have, such as `/_data/0`: the source itself, not something it links to. */
  readonly rootEnd: string;
}

export function readMountinfo(text: string): MountLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, , , root = "", mountPoint = "", options = ""] = line.split(" ");
      return {
        root: fromOctal(root),
        mountPoint: fromOctal(mountPoint),
        readOnly: options.split(",").includes("ro"),
      };
    });
}

/**
 * The differences between the mounts asked for and those that the kernel shows below `folder`; empty when all is as
 * asked. A mount that landed elsewhere (a symlink in the image, moby #40339) or in another mode must abort the
 * container.
 */
export function mountProblems(
  lines: readonly MountLine[],
  expected: readonly ExpectedMount[],
  folder: string,
): string[] {
  const problems: string[] = [];
  const wanted = new Set(expected.map((mount) => mount.target));
  for (const mount of expected) {
    // Of several mounts at a point the last one is seen.
    const line = lines.findLast((candidate) => candidate.mountPoint === mount.target);
    if (line === undefined) problems.push(`${mount.target} is not mounted`);
    else if (line.readOnly !== mount.readOnly) {
      problems.push(`${mount.target} is ${line.readOnly ? "read-only" : "writable"}`);
    } else if (!line.root.endsWith(mount.rootEnd)) {
      problems.push(`${mount.target} shows ${line.root}, not …${mount.rootEnd}`);
    }
  }
  for (const { mountPoint } of lines) {
    const inside = mountPoint === folder || mountPoint.startsWith(`${folder}/`);
    if (inside && !wanted.has(mountPoint)) problems.push(`${mountPoint} is mounted unasked`);
  }
  return problems;
}

// The kernel writes space, tab, newline and backslash as octal.
function fromOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
