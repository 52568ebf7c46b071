import { z } from "zod";

/** What an engine answers about itself (`GET /version` and `GET /info`), asked once and recorded with a run. */
export interface EngineFacts {
  readonly id: string;
  /** Podman answers Docker's requests as well, with other limits and other holes. */
  readonly kind: "docker" | "podman";
  /** The version of that product. */
  readonly version: string;
  /** Docker's. */
  readonly apiVersion: string;
  /** "unknown" where it is not there, or not named. */
  readonly runcVersion: string;
  /** The engine's name for its product, such as `Docker Desktop 4.44.3 (202357)`; "" where it has none. */
  readonly platform: string;
  /** The OCI runtime of containers that name none. */
  readonly defaultRuntime: string;
  readonly storageDriver: string;
  /** containerd's store adds no layer for a commit without a difference. */
  readonly imageStore: "graphdriver" | "containerd" | "podman";
  readonly cgroupVersion: string;
  readonly cgroupDriver: string;
  readonly rootless: boolean;
  /** Which limits of a container the engine enforces: it takes the others and ignores them. */
  readonly enforces: {
    readonly memory: boolean;
    readonly pids: boolean;
    readonly cpuset: boolean;
  };
  /** The engine's own. */
  readonly warnings: readonly string[];
  readonly kernel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Whether a mount may name a folder of a volume (`VolumeOptions.Subpath`, API 1.45); older engines ignore it silently. */
  readonly mountsSubpaths: boolean;
}

const PODMAN = "Podman Engine";
/** The driver's status of containerd's store: [key, value]. */
const SNAPSHOTTER = "io.containerd.snapshotter";

const versionSchema = z.object({
  Version: z.string().default("unknown"),
  ApiVersion: z.string().regex(/^\d+\.\d+$/),
  Platform: z.object({ Name: z.string() }).nullish(),
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).nullish(),
});

const infoSchema = z.object({
  ID: z.string().default(""),
  DefaultRuntime: z.string().nullish(),
  Driver: z.string().default("unknown"),
  DriverStatus: z.array(z.array(z.string())).nullish(),
  CgroupVersion: z.string().nullish(),
  CgroupDriver: z.string().default("unknown"),
  KernelVersion: z.string().default("unknown"),
  NCPU: z.number(),
  MemTotal: z.number(),
  SecurityOptions: z.array(z.string()).nullish(),
  // What an engine does not name, it may enforce.
  MemoryLimit: z.boolean().default(true),
  PidsLimit: z.boolean().default(true),
  CPUSet: z.boolean().default(true),
  Warnings: z.array(z.string()).nullish(),
  // Podman's own.
  Rootless: z.boolean().nullish(),
});

/** Returns `null` for the answers of something else than an engine. */
export function readFacts(versionAnswer: unknown, infoAnswer: unknown): EngineFacts | null {
  const [version, info] = [
    versionSchema.safeParse(versionAnswer),
    infoSchema.safeParse(infoAnswer),
  ];
  if (!version.success || !info.success) return null;
  const { ApiVersion: apiVersion, Components, Platform, Version } = version.data;
  const { DriverStatus, SecurityOptions, ...said } = info.data;
  const components = Components ?? [];
  const podman = components.find(({ Name }) => Name === PODMAN);
  const isContainerd = DriverStatus?.flat().some((text) => text.startsWith(SNAPSHOTTER)) ?? false;
  const isRootless = SecurityOptions?.some((option) => option.includes("name=rootless")) ?? false;
  const rootless = said.Rootless ?? isRootless;
  const cgroupVersion = said.CgroupVersion ?? "1";
  // Only root may make groups of version 1. Podman claims its limits all the same.
  const mayLimit = !(rootless && cgroupVersion === "1");
  return {
    id: said.ID,
    kind: podman === undefined ? "docker" : "podman",
    version: podman?.Version ?? Version,
    apiVersion,
    runcVersion: runcVersion(components),
    // Podman names the machine there.
    platform: podman === undefined ? (Platform?.Name ?? "") : "",
    defaultRuntime: said.DefaultRuntime ?? "runc",
    storageDriver: said.Driver,
    imageStore: podman !== undefined ? "podman" : isContainerd ? "containerd" : "graphdriver",
    cgroupVersion,
    cgroupDriver: said.CgroupDriver,
    rootless,
    enforces: {
      memory: mayLimit && said.MemoryLimit,
      pids: mayLimit && said.PidsLimit,
      cpuset: mayLimit && said.CPUSet,
    },
    warnings: said.Warnings ?? [],
    kernel: said.KernelVersion,
    cpuCount: said.NCPU,
    memoryBytes: said.MemTotal,
    mountsSubpaths: podman === undefined && atLeast(apiVersion, 1, 45),
  };
}

/** Podman's text is what `runc --version` prints. */
function runcVersion(components: readonly { readonly Name: string; readonly Version: string }[]) {
  const runc = components.find(({ Name }) => Name === "runc" || Name === "OCI Runtime (runc)");
  return /^(?:runc version )?(\S+)/.exec(runc?.Version ?? "")?.[1] ?? "unknown";
}

/** Whether an API version such as `1.45` is that or newer. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}
