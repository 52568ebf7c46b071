import { z } from "zod";
import { parseJson } from "../../../core/text/json.ts";
import type { ProjectFiles, Recognised } from "./recognised.ts";

const packageSchema = z.object({
  name: z.string().optional().catch(undefined),
  packageManager: z.string().catch(""),
  scripts: z.record(z.string(), z.string()).catch({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}),
});

interface Manager {
  readonly name: "npm" | "pnpm" | "yarn" | "bun";
  readonly lock: string;
  readonly install: string;
}

const MANAGERS: readonly Manager[] = [
  {
    name: "pnpm",
    lock: "pnpm-lock.yaml",
    install: "corepack enable && pnpm install --frozen-lockfile",
  },
  { name: "yarn", lock: "yarn.lock", install: "corepack enable && yarn install --immutable" },
  { name: "bun", lock: "bun.lock", install: "npm install -g bun && bun install --frozen-lockfile" },
  { name: "npm", lock: "package-lock.json", install: "npm ci" },
];
const NPM: Manager = { name: "npm", lock: "", install: "npm install" };

/** The package manager by `packageManager` and the lock file; benchmarks of vitest, or a script for them. */
export async function node(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("package.json")) return null;
  const parsed = packageSchema.safeParse(parseJson(await files.read("package.json")));
  const about = parsed.success ? parsed.data : packageSchema.parse({});
  const { name, scripts } = about;
  const manager =
    MANAGERS.find((each) => about.packageManager.startsWith(`${each.name}@`)) ??
    MANAGERS.find(({ lock }) => files.names.includes(lock)) ??
    NPM;
  const script = (...wanted: string[]) => {
    const found = wanted.find((each) => Object.hasOwn(scripts, each));
    return found === undefined ? null : `${manager.name} run ${found}`;
  };
  const packages = { ...about.dependencies, ...about.devDependencies };
  const usesVitest =
    Object.hasOwn(packages, "vitest") &&
    files.paths.some((path) => /\.bench\.[cm]?[jt]sx?$/.test(path));
  const bench = script("bench", "benchmark");
  const setup = Object.keys(packages).length > 0 ? manager.install : null;
  const build = script("build");
  const verify = script("test");
  const usesManager = [setup, build, verify, bench].some((command) => command !== null);
  const by = [
    "package.json",
    ...(manager === NPM ? [] : [`with ${manager.name}`]),
    ...(usesVitest ? ["and benchmarks of vitest"] : []),
  ];
  return {
    recognisedBy: by.join(" "),
    ...(name === undefined ? {} : { name }),
    // The image that comes with loopty has node but no npm.
    image: usesManager ? "node:lts-slim" : null,
    setup,
    build,
    verify,
    benchmark: usesVitest
      ? { command: 'npx vitest bench --run --outputJson "$LOOPTY_METRICS"', format: "vitest" }
      : bench === null
        ? null
        : { command: bench, format: "csv" },
  };
}
