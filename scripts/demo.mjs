#!/usr/bin/env node
// npm run demo: optimizes examples/matmul with the tuner, which needs no key, and shows what came of it.
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { LABEL } from "../dist/sandbox/container/label.js";
import { connectEngine } from "../dist/sandbox/engine/engine.js";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const OWN_CONFIG = "loopty.demo.yaml";

const options = (await isNameTaken("loopty/matmul")) ? ["--config", await renamed()] : [];
// What follows `--` goes to `loopty run`: a build server has no time for all of it. A noisy machine would take a quarter of an hour.
const asked = process.argv.slice(2);
const args = [main, "run", ...options, ...(asked.length === 0 ? ["--max-time", "6m"] : asked)];
const run = spawnSync(process.execPath, args, { cwd, stdio: "inherit" });
process.exitCode = run.signal === null ? (run.status ?? 1) : 130;

/**
 * Another clone of this repository may have run the demo on this machine: loopty never overwrites its images.
 *
 * @param {string} repository
 */
async function isNameTaken(repository) {
  const { docker } = await connectEngine(process.env, homedir());
  const images = await docker.listImages({ filters: { reference: [repository] } });
  const projects = images.map((image) => image.Labels?.[LABEL.project]);
  const own = await ownProject();
  return projects.some((project) => project !== own);
}

async function ownProject() {
  try {
    return JSON.parse(await readFile(`${cwd}/.loopty/project.json`, "utf8")).projectId;
  } catch {
    return undefined;
  }
}

/** The same configuration under a name that nobody else has. */
async function renamed() {
  const yaml = await readFile(`${cwd}/loopty.yaml`, "utf8");
  const known = await readFile(`${cwd}/${OWN_CONFIG}`, "utf8").catch(() => null);
  const name = known?.match(/^name: (\S+)/m)?.[1] ?? `matmul-${crypto.randomUUID().slice(0, 8)}`;
  await writeFile(`${cwd}/${OWN_CONFIG}`, yaml.replace(/^name: \S+.*$/m, `name: ${name}`));
  console.error(`loopty/matmul is another project's here: this demo is loopty/${name},`);
  console.error(`and its commands take --config ${OWN_CONFIG}`);
  return OWN_CONFIG;
}
