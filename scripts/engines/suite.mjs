// What is asked of every engine, each a command of this repository.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** @typedef {{name: string, says: string, args: readonly string[]}} Suite */

const VITEST = [
  "node_modules/vitest/vitest.mjs",
  "run",
  "--project",
  "docker",
  "--project",
  "long",
];

/** @type {readonly Suite[]} */
export const SUITES = [
  suite("demo", "the demo, reproduce and clean", ...VITEST, "test/docker/cli/demo.test.ts"),
  suite("kill", "kill -9, resume and clean", ...VITEST, "test/docker/loop/kill.test.ts"),
  suite(
    "agents",
    "command lines as agents, and their tunnel",
    ...VITEST,
    ...["tunnel", "own-command", "misbehaving"].map((name) => `test/docker/agent/${name}.test.ts`),
  ),
  suite("sandbox", "tests of the sandbox", ...VITEST, "test/docker/sandbox/"),
  suite("docker", "all Docker tests", ...VITEST.slice(0, 4), "test/docker/"),
  suite("attack", "npm run attack", "scripts/attack.mjs"),
];

/**
 * @param {string} name
 * @param {string} says
 * @param {readonly string[]} args of Node
 * @returns {Suite}
 */
function suite(name, says, ...args) {
  return { name, says, args };
}

/**
 * @param {Suite} suite
 * @param {{root: string, host: string, log: string}} where
 * @returns {Promise<string>} what became of it, in a few words
 */
export async function runSuite({ args }, { root, host, log }) {
  const env = { ...process.env, DOCKER_HOST: host, NO_COLOR: "1" };
  const out = openSync(log, "w");
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", out, out] });
  closeSync(out);
  const code = await new Promise((resolve) => child.on("close", resolve));
  return outcomeOf(readFileSync(log, "utf8"), code === 0);
}

/**
 * @param {string} text what the command printed
 * @param {boolean} passed
 */
export function outcomeOf(text, passed) {
  const tests = /^ *Tests +(.*?) *(?:\(\d+\))?$/m.exec(text)?.[1];
  const attacks = /^\d+ attacks, .*$/m.exec(text)?.[0];
  const counted = attacks ?? tests?.replaceAll(" | ", ", ");
  return `${passed ? "ok" : "FAILED"}${counted === undefined ? "" : `: ${counted}`}`;
}
