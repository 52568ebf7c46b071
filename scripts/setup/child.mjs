// Programs that set-up runs: quiet while they work, their output shown when they fail.

import { execFile } from "node:child_process";
import { SetupError } from "./setup-error.mjs";

/** Some tools name the reason first and end with their manual, others the other way round. */
const FIRST_LINES = 10;
const LAST_LINES = 20;

/**
 * @param {string} file
 * @param {string[]} args
 * @param {{hint: string, cwd?: string, env?: NodeJS.ProcessEnv}} options hint: what to do when it fails
 * @returns {Promise<void>}
 */
export function runChild(file, args, { hint, cwd, env }) {
  return new Promise((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (!error) return resolve();
      const command = [file, ...args].join(" ");
      const output = shorten(`${stdout}${stderr}`.trimEnd());
      reject(new SetupError(`\`${command}\` failed:\n${output || error.message}`, hint));
    });
    child.stdin?.end();
  });
}

/** @param {string} text */
function shorten(text) {
  const lines = text.split("\n");
  if (lines.length <= FIRST_LINES + LAST_LINES) return text;
  return [...lines.slice(0, FIRST_LINES), "[…]", ...lines.slice(-LAST_LINES)].join("\n");
}
