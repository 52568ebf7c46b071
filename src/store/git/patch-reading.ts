/** One way to understand a patch: the options for git, and what git then reads. */
export interface PatchReading {
  readonly args: readonly string[];
  readonly input: Buffer;
}

/** Both names look alike: `diff.noprefix` leaves out the prefixes `a/` and `b/`. */
const WITHOUT_PREFIX = /^diff --git (\S+) \1$/m;
/** Deeper than any project's folder stands in its repository. */
const MOST_STRIPPED = 6;
const MOST_FOLDERS = 20;
const HEADER = /^(?:diff --git |--- |\+\+\+ |index |@@ )/m;
const HEADER_WITH_CRLF = /^(?:diff --git |--- |\+\+\+ |index |@@ )[^\n]*\r$/m;
/** A path that git refuses: stripped of its first folders it would be another one, which nobody wrote. */
const REFUSED_PATH =
  /^(?:diff --git |--- |\+\+\+ |(?:rename|copy) (?:from|to) ).*(?:\/\/|[ "/](?:\.\.|\.git)(?:[/" \t]|$))/im;
const OLD_PATH = /^--- (?:"?)(?:a\/)?([^\t\n"]+)/m;

/** The patch as it stands: one folder before every path, as `git diff` writes it, or none where it shows that. Where its own lines end in CRLF, a mail or an editor made them so. */
export function plainReading(patch: Buffer): PatchReading {
  const input = withPlainLineEnds(patch);
  return { args: WITHOUT_PREFIX.test(input.toString("latin1")) ? ["-p0"] : [], input };
}

/**
 * What else a patch may mean that does not apply as it stands: without a prefix (`diff.noprefix`, plain `diff -u`), with paths that begin
 * above the workspace or in a folder of it, or with lines around it that changed since. `paths` are the files that there are.
 */
export function otherReadings(patch: Buffer, paths: readonly string[]): PatchReading[] {
  const input = withPlainLineEnds(patch);
  const text = input.toString("latin1");
  if (!HEADER.test(text) || REFUSED_PATH.test(text)) return [];
  const stripped = Array.from({ length: MOST_STRIPPED }, (_, count) => count);
  const [, old = ""] = OLD_PATH.exec(text) ?? [];
  const folders = paths.flatMap((path) =>
    old !== "" && path.endsWith(`/${old}`) ? [path.slice(0, -old.length - 1)] : [],
  );
  return [
    ...stripped.map((count) => ({ args: [`-p${count}`], input })),
    ...folders.slice(0, MOST_FOLDERS).map((folder) => ({ args: [`--directory=${folder}`], input })),
  ];
}

/** By what the lines around it were when it was made, which git knows by their object. */
export function threeWayReading(patch: Buffer): PatchReading {
  return { args: ["--3way"], input: withPlainLineEnds(patch) };
}

function withPlainLineEnds(patch: Buffer): Buffer {
  const text = patch.toString("latin1");
  return HEADER_WITH_CRLF.test(text) ? Buffer.from(text.replaceAll("\r\n", "\n"), "latin1") : patch;
}
