// The root file system of a Debian release with an engine's packages. It is made once and kept.

import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { findDebianMirrors } from "../setup/apt-sources.mjs";
import { runChild } from "../setup/child.mjs";
import { hasProgram, installPackages, readRelease, withSbin } from "../setup/debian.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** What starts an engine there needs these. */
const NEEDED = ["ca-certificates", "iproute2", "procps"];

/**
 * @param {string} folder where all of them are kept
 * @param {string} suite
 * @param {readonly string[]} packages
 * @param {import("../setup/step.mjs").Context} context
 * @returns {Promise<string>} its path
 */
export async function engineRoot(folder, suite, packages, context) {
  const root = join(folder, "roots", suite);
  if (existsSync(root)) return root;
  if (!hasProgram("debootstrap", context.env)) {
    await installPackages(["debootstrap", "debian-archive-keyring"], context);
  }
  const { main } = findDebianMirrors(readRelease().codename);
  context.say(`building Debian ${suite} with ${packages.join(", ")} from ${main}`);
  const half = `${root}.half`;
  await runChild("rm", ["-rf", "--one-file-system", half], { hint: `Remove ${half}.` });
  mkdirSync(half, { recursive: true });
  const include = [...new Set([...NEEDED, ...packages])].join(",");
  const args = ["--variant=minbase", `--keyring=${KEYRING}`, `--include=${include}`];
  await runChild("debootstrap", [...args, suite, half, main], {
    env: withSbin(context.env),
    hint: "Check that this machine reaches the mirror, and that the disk has 2 GB free.",
  });
  // Only a whole one gets the name by which it is found.
  renameSync(half, root);
  return root;
}
