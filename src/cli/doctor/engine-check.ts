import { openAdvisories } from "../../sandbox/engine/advisory.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { compareVersions, parseVersion } from "../../sandbox/engine/version.ts";
import { type Check, ok, warn } from "./check.ts";

/** The oldest branches that get fixes, and what to update to. */
const PRODUCTS = {
  docker: { name: "Docker", oldest: [25, 0, 0], newer: "29.5.1" },
  podman: { name: "Podman", oldest: [5, 0, 0], newer: "5.4.2" },
} as const;
const LIMIT_KEYS = { memory: "sandbox.memory", pids: "sandbox.pids", cpuset: "cpusets" } as const;

/**
 * The engine, what it does not enforce, then each published hole that it has. Old engines get a warning and are not
 * refused: what they lack matters against hostile code, less against careless code.
 */
export function checkEngine(engine: Engine): readonly Check[] {
  return [maintenance(engine), ...checkLimits(engine), ...openAdvisories(engine).map(checkHole)];

  function checkHole(hole: ReturnType<typeof openAdvisories>[number]): Check {
    const { id, part, allows, fixes, build } = hole;
    const maybe = build === "" ? "" : `; this build (${build}) may have its maker's fix`;
    return warn(
      "engine",
      `${id} in ${part} ${hole.version}: ${allows}${maybe}`,
      `update ${part} to ${fixes.join(", ")} or later`,
    );
  }
}

function maintenance(engine: Engine): Check {
  const { kind, platform, apiVersion, url } = engine;
  const { name, oldest, newer } = PRODUCTS[kind];
  const product = kind === "podman" ? ", Podman" : platform && `, ${platform}`;
  const text = `${engine.version}${product}, API ${apiVersion}, ${runtimeOf(engine)}, at ${url}`;
  const version = parseVersion(engine.version);
  if (version === null) return warn("engine", `${text}: unknown kind of version`, `update ${name}`);
  return compareVersions(version, { numbers: oldest, candidate: null, build: "" }) < 0
    ? warn("engine", `${text}: no longer maintained`, `update ${name} to ${newer} or later`)
    : ok("engine", text);
}

function runtimeOf({ defaultRuntime, runcVersion }: Engine): string {
  return defaultRuntime === "runc" ? `runc ${runcVersion}` : defaultRuntime;
}

/** An engine takes every limit, and ignores those that its control groups do not have. */
function checkLimits({ enforces, rootless, cgroupVersion }: Engine): Check[] {
  const missing = Object.entries(LIMIT_KEYS).flatMap(([limit, key]) =>
    Object.entries(enforces).some(([name, holds]) => name === limit && !holds) ? [key] : [],
  );
  if (missing.length === 0) return [];
  const why = rootless
    ? `without root, on cgroup v${cgroupVersion}`
    : `on cgroup v${cgroupVersion}`;
  return [
    warn(
      "limits",
      `the engine, ${why}, does not enforce ${missing.join(", ")}: an experiment can take what it wants of the machine`,
      rootless
        ? "use an engine that runs as root, or a machine with cgroup v2 that delegates cpuset, memory and pids to your user (systemd: Delegate=)"
        : "mount the machine's control groups for it, and start it again",
    ),
  ];
}
