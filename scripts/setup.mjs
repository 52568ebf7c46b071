#!/usr/bin/env node
// Makes a fresh clone ready to run. Every step first looks whether there is anything to do, so that this can stand in
// front of every other command. `--only dependencies,compile` takes just these steps.

import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { baseImage } from "./setup/base-image.mjs";
import { browser } from "./setup/browser.mjs";
import { compile } from "./setup/compile.mjs";
import { dependencies } from "./setup/dependencies.mjs";
import { engine } from "./setup/engine.mjs";
import { withLock } from "./setup/lock.mjs";
import { SetupError } from "./setup/setup-error.mjs";

const USUAL_STEPS = [dependencies, compile, engine, baseImage];
/** A browser is for the tests alone, which ask for it. */
const STEPS = [...USUAL_STEPS, browser];
const OLDEST_NODE = [20, 19];

const context = {
  root: fileURLToPath(new URL("..", import.meta.url)),
  env: process.env,
  home: homedir(),
  say: (/** @type {string} */ line) => console.error(`setup: ${line}`),
};
const lock = join(tmpdir(), `loopty-setup-${userInfo().uid}.lock`);

try {
  checkNode();
  for (const step of chosenSteps()) {
    if (!(await step.whyNeeded(context))) continue;
    await withLock(lock, context.say, async () => {
      // Another set-up may have done it while this one waited.
      const why = await step.whyNeeded(context);
      if (!why) return;
      context.say(why);
      await step.run(context);
    });
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  context.say(error.message);
  context.say(error.hint);
  process.exitCode = 2;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetupError(
    `this is Node ${process.versions.node}, and ${OLDEST_NODE.join(".")} is the oldest that works`,
    "Install a current Node from nodejs.org or with your version manager.",
  );
}

function chosenSteps() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const names = values.only?.split(",") ?? USUAL_STEPS.map(({ name }) => name);
  const unknown = names.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown !== undefined) {
    const known = STEPS.map(({ name }) => name).join(", ");
    throw new SetupError(`there is no step "${unknown}"`, `The steps are: ${known}.`);
  }
  return STEPS.filter(({ name }) => names.includes(name));
}
