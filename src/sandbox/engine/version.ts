/** A version as engines and runtimes print it. */
export interface Version {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** The number of a release candidate; `null` for a release. */
  readonly candidate: number | null;
  /** What a maker added, such as `+dfsg1` or `-0ubuntu2~22.04.1`; "" for a build of the project itself. */
  readonly build: string;
}

// Matches `v1.2`, `1.2.3`, `1.0.0-rc95`, `1.0.0~rc95+ds1`, `1.2.0-rc.3`, each with whatever a distribution puts behind it.
const VERSION = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-~.]?rc[-.]?(\d+))?(.*)$/s;
// What the project itself puts behind a version: the edition, or the commits since the tag.
const OWN_BUILD = /^(-(ce|ee)\b.*|-\d+-g[0-9a-f]+)$/s;

/** Returns `null` for what is no version, such as `master-3a2b` or `library-import`. */
export function parseVersion(text: string): Version | null {
  const found = VERSION.exec(text.trim());
  if (found === null) return null;
  const [, major = "", minor = "", patch = "0", candidate, build = ""] = found;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    candidate: candidate === undefined ? null : Number(candidate),
    build: OWN_BUILD.test(build) ? "" : build,
  };
}

/** Negative where `a` is older. A candidate is older than its release. What a maker added counts for nothing. */
export function compareVersions(a: Version, b: Version): number {
  for (const i of [0, 1, 2] as const) {
    if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] - b.numbers[i];
  }
  return candidateRank(a) - candidateRank(b);
}

function candidateRank({ candidate }: Version): number {
  return candidate ?? Number.MAX_SAFE_INTEGER;
}

/** Whether both get their fixes in one line of releases, such as 1.2.x. */
export function isSameBranch(a: Version, b: Version): boolean {
  return a.numbers[0] === b.numbers[0] && a.numbers[1] === b.numbers[1];
}
