import type { EngineFacts } from "./facts.ts";
import { compareVersions, isSameBranch, parseVersion, type Version } from "./version.ts";

type EnginePart = "engine" | "runc" | "Docker Desktop";

/** A published hole through which code in a container may reach the engine's host. */
export interface EngineAdvisory {
  readonly id: string;
  readonly part: EnginePart;
  /** The first release that has it; `null` when all have it from the beginning. */
  readonly since: string | null;
  /** The first release of each branch without it, oldest first. What is newer than the last is without it too. */
  readonly fixedIn: readonly [string, ...string[]];
  /** One clause: what it allows, and how much of that here. */
  readonly allows: string;
}

/** A hole that a machine has, judging by its versions. */
export interface OpenAdvisory extends EngineAdvisory {
  /** The version as the machine reports it. */
  readonly version: string;
  /** The versions without it that this one can be updated to, oldest first. */
  readonly fixes: readonly string[];
  /**
   * What the maker of this build added to the version; "" for nothing. Distributions fix old versions and keep their
   * number.
   */
  readonly build: string;
}

const SHARED_MOUNT = "loopty's containers share no writable mount";
const NOT_RUNNING = "loopty copies only where nothing runs";

/**
 * Sources: the advisories of moby/moby and opencontainers/runc on GitHub, and Docker's security announcements. The list
 * leaves out holes of BuildKit and of plugins, which loopty does not use, and of the kernel, whose version says little
 * about its patches.
 */
export const ENGINE_ADVISORIES: readonly EngineAdvisory[] = [
  {
    id: "CVE-2018-15664",
    part: "engine",
    since: null,
    fixedIn: ["18.09.7"],
    allows: `copying into a running container can be led to the host's files; ${NOT_RUNNING}`,
  },
  {
    id: "CVE-2019-14271",
    part: "engine",
    since: "19.03.0",
    fixedIn: ["19.03.1"],
    allows:
      "copying out of a container loads its libraries as the host's root; a sandbox image could use it",
  },
  {
    id: "CVE-2026-31431",
    part: "engine",
    since: null,
    fixedIn: ["29.4.3"],
    allows:
      "on a kernel without its own fix a container can change what others read of shared files, by AF_ALG; loopty lets no agent have AF_ALG, other containers have it",
  },
  {
    id: "CVE-2026-41567",
    part: "engine",
    since: null,
    fixedIn: ["25.0.17", "29.5.1"],
    allows:
      "a compressed archive put into a container runs a program of its image as the host's root; loopty's archives never look compressed",
  },
  {
    id: "CVE-2026-41568",
    part: "engine",
    since: null,
    fixedIn: ["25.0.17", "29.5.1"],
    allows: `copying into a running container with volumes can make empty files on the host; ${NOT_RUNNING}`,
  },
  {
    id: "CVE-2026-42306",
    part: "engine",
    since: null,
    fixedIn: ["25.0.17", "29.5.1"],
    allows: `copying into a running container with volumes can mount over the host's files; ${NOT_RUNNING}`,
  },
  {
    id: "CVE-2019-5736",
    part: "runc",
    since: null,
    fixedIn: ["1.0.0-rc7"],
    allows: "root in a container can replace runc on the host; here only sandbox.setup is root",
  },
  {
    id: "CVE-2021-30465",
    part: "runc",
    since: null,
    fixedIn: ["1.0.0-rc95"],
    allows: `containers that share a volume can mount the host's files as they start; ${SHARED_MOUNT}`,
  },
  {
    id: "CVE-2024-21626",
    part: "runc",
    since: "1.0.0-rc93",
    fixedIn: ["1.1.12"],
    allows:
      "a container whose working folder is an open file of runc reaches the host; loopty names that folder itself",
  },
  {
    id: "CVE-2024-45310",
    part: "runc",
    since: null,
    fixedIn: ["1.1.14", "1.2.0-rc3"],
    allows: `containers that share a volume can make empty files on the host as they start; ${SHARED_MOUNT}`,
  },
  {
    id: "CVE-2025-31133",
    part: "runc",
    since: null,
    fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc3"],
    allows: `a container that swaps /dev/null as another starts can write the host's /proc; ${SHARED_MOUNT}`,
  },
  {
    id: "CVE-2025-52565",
    part: "runc",
    since: "1.0.0-rc3",
    fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc3"],
    allows:
      "a container with a terminal can write the host's /proc as it starts; loopty's have none, but for `loopty shell`",
  },
  {
    id: "CVE-2025-52881",
    part: "runc",
    since: null,
    fixedIn: ["1.2.8", "1.3.3", "1.4.0-rc3"],
    allows: `what runc writes to /proc can be led elsewhere, past AppArmor and SELinux; ${SHARED_MOUNT}`,
  },
  {
    id: "CVE-2025-9074",
    part: "Docker Desktop",
    since: null,
    fixedIn: ["4.44.3"],
    allows:
      "a container with a network can give orders to the engine and reach the host; network: none keeps agents from it",
  },
];

export interface EngineVersions {
  /** Podman is another engine under the same requests: it has none of Docker's holes, and its own are not listed. */
  readonly kind: EngineFacts["kind"];
  readonly version: string;
  readonly runcVersion: string;
  /** Text such as `Docker Desktop 4.44.3 (202357)`. Only Docker Desktop is looked for in it. */
  readonly platform: string;
}

/**
 * The published holes that an engine has, judging by its versions. A part whose version cannot be read has none that
 * are known.
 */
export function openAdvisories(
  versions: EngineVersions,
  holes: readonly EngineAdvisory[] = ENGINE_ADVISORIES,
): readonly OpenAdvisory[] {
  const told: Readonly<Record<EnginePart, string>> = {
    engine: versions.kind === "docker" ? versions.version : "",
    runc: versions.runcVersion,
    "Docker Desktop": /^Docker Desktop v?(\d\S*)/.exec(versions.platform)?.[1] ?? "",
  };
  return holes.flatMap((hole) => {
    const version = parseVersion(told[hole.part]);
    if (version === null) return [];
    const fixes = fixesFor(version, hole);
    return fixes.length === 0
      ? []
      : [{ ...hole, version: told[hole.part], fixes, build: version.build }];
  });
}

/** The list is empty where the version does not have the hole. */
function fixesFor(version: Version, { since, fixedIn }: EngineAdvisory): readonly string[] {
  const isOlder = (text: string) => compareVersions(version, known(text)) < 0;
  if (since !== null && isOlder(since)) return [];
  const isMended = fixedIn.some((text) => isSameBranch(version, known(text)) && !isOlder(text));
  return isMended ? [] : fixedIn.filter(isOlder);
}

function known(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`${text} is no version`);
  return version;
}
