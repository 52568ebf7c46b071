#!/usr/bin/env node
// npm run engines: runs the same suites against engines of several makers and ages, and prints what became of each.
// `--keep` leaves the engines running and prints their addresses, for a look by hand.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ENGINES } from "./engines/engine-list.mjs";
import { engineRoot } from "./engines/engine-root.mjs";
import { IsolatedEngine } from "./engines/isolated-engine.mjs";
import { runSuite, SUITES } from "./engines/suite.mjs";
import { tableOf } from "./engines/table.mjs";
import { canInstall } from "./setup/debian.mjs";
import { SetupError } from "./setup/setup-error.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", multiple: true },
    suite: { type: "string", multiple: true },
    folder: { type: "string", default: "/var/lib/loopty-engines" },
    keep: { type: "boolean", default: false },
  },
});

const root = fileURLToPath(new URL("..", import.meta.url));
const say = (/** @type {string} */ line) => console.error(`engines: ${line}`);
const context = { root, env: process.env, home: homedir(), say };

try {
  if (!canInstall()) {
    throw new SetupError(
      "engines are set up only as root on Debian or Ubuntu",
      "Use such a machine.",
    );
  }
  const engines = chosen("engine", ENGINES, values.engine);
  const suites = chosen("suite", SUITES, values.suite);
  const rows = [];
  for (const spec of engines) {
    const cells = await run(spec, suites);
    rows.push({ engine: spec.name, cells });
  }
  process.stdout.write(tableOf(suites, rows));
  if (rows.some(({ cells }) => cells.some((cell) => !cell.startsWith("ok")))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  say(error.hint);
  process.exitCode = 2;
}

/**
 * @param {import("./engines/engine-list.mjs").EngineSpec} spec
 * @param {readonly import("./engines/suite.mjs").Suite[]} suites
 */
async function run(spec, suites) {
  const { folder } = values;
  const packages = ENGINES.filter(({ suite }) => suite === spec.suite).flatMap(
    (one) => one.packages,
  );
  const engine = new IsolatedEngine(spec, folder);
  const cells = [];
  try {
    await engine.start(await engineRoot(folder, spec.suite, packages, context));
    say(`${spec.name} answers at ${engine.host}`);
    loadImages(engine);
    for (const suite of suites) {
      const log = join(folder, "logs", `${spec.name}-${suite.name}.log`);
      mkdirSync(join(folder, "logs"), { recursive: true });
      const cell = await runSuite(suite, { root, host: engine.host, log });
      say(`${spec.name}, ${suite.name}: ${cell} (${log})`);
      cells.push(cell);
    }
    return cells;
  } finally {
    if (!values.keep) await engine.stop();
  }
}

/** No registry can be reached from there: this machine's own engine has what the suites need. @param {IsolatedEngine} engine */
function loadImages({ host }) {
  const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"];
  const named = (/** @type {string} */ from) =>
    execFileSync("docker", ["--host", from, ...list], { encoding: "utf8" })
      .split("\n")
      .map((name) => name.replace(/^docker\.io\/(library\/)?/, ""))
      .filter((name) => /^(debian:bookworm-slim|loopty\/sandbox:\w+)$/.test(name));
  const own = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";
  const there = new Set(named(host));
  const missing = named(own).filter((name) => !there.has(name));
  if (missing.length === 0) return;
  const archive = join(values.folder, "images.tar");
  execFileSync("docker", ["--host", own, "image", "save", "-o", archive, ...missing]);
  execFileSync("docker", ["--host", host, "image", "load", "-q", "-i", archive]);
}

/**
 * @template {{name: string}} T
 * @param {string} what
 * @param {readonly T[]} all
 * @param {string[] | undefined} names
 */
function chosen(what, all, names) {
  const unknown = names?.find((name) => name !== "none" && !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(", ");
    throw new SetupError(`there is no ${what} "${unknown}"`, `They are: ${known}.`);
  }
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}
