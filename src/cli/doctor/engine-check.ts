import { openAdvisories } from "../../sandbox/engine/advisory.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { compareVersions, parseVersion } from "../../sandbox/engine/version.ts";
import { type Check, ok, warn } from "./check.ts";

// The oldest branch that gets fixes.
const OLDEST = { numbers: [25, 0, 0], candidate: null, build: "" } as const;
const UPDATE = "update Docker";

/**
 * The engine, then each published hole that it has. Old engines get a warning and are not refused: what they lack
 * matters against hostile code, less against careless code.
 */
export function checkEngine(engine: Engine): readonly Check[] {
  const { version, apiVersion, runcVersion, platform, url } = engine;
  const product = platform === "" ? "" : `, ${platform}`;
  const text = `${version}${product}, API ${apiVersion}, runc ${runcVersion}, at ${url}`;
  return [maintenance(version, text), ...openAdvisories(engine).map(checkHole)];

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

function maintenance(told: string, text: string): Check {
  const version = parseVersion(told);
  if (version === null) return warn("engine", `${text}: unknown kind of version`, UPDATE);
  return compareVersions(version, OLDEST) < 0
    ? warn("engine", `${text}: no longer maintained`, `${UPDATE} to 29.5.1 or later`)
    : ok("engine", text);
}
