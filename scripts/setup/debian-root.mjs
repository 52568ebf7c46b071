// A minimal Debian as Debian's own slim images are: no documentation, no package lists, no devices.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDebianMirrors } from "./apt-sources.mjs";
import { runChild } from "./child.mjs";
import { readRelease, withSbin } from "./debian.mjs";

/** debootstrap needs a file system with devices and programs, which /tmp often is not. */
const SCRATCH = "/var/tmp";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Neither in the image nor unpacked by a later apt-get in it; licences stay. */
const LEFT_OUT = ["doc", "groff", "info", "linda", "lintian", "locale", "man"];

/**
 * @param {string} suite
 * @param {import("./step.mjs").Context} context
 * @param {(tar: import("node:stream").Readable) => Promise<void>} use is given the whole system as one tar stream
 */
export async function packDebianRoot(suite, { env, say }, use) {
  const release = readRelease();
  const mirrors = findDebianMirrors(release.id === "debian" ? release.codename : suite);
  const folder = mkdtempSync(join(SCRATCH, "loopty-debian-"));
  const root = join(folder, "root");
  // A umask of 077 would lock the image's users out of it.
  const umask = process.umask(0o022);
  mkdirSync(root);
  try {
    say(`building Debian ${suite} from ${mirrors.main} with debootstrap`);
    await bootstrap(suite, root, mirrors, env);
    configure(suite, root, mirrors);
    slim(root);
    await use(tarOf(root));
  } finally {
    process.umask(umask);
    // A killed debootstrap may have left /proc mounted in there.
    await runChild("rm", ["-rf", "--one-file-system", folder], { hint: `Remove ${folder}.` });
  }
}

/**
 * @param {string} suite
 * @param {string} root
 * @param {{main: string, security: string}} mirrors
 * @param {Record<string, string | undefined>} env
 */
async function bootstrap(suite, root, { main, security }, env) {
  const https = [main, security].some((uri) => uri.startsWith("https:"));
  const options = ["--variant=minbase", `--keyring=${KEYRING}`];
  if (https) options.push("--include=ca-certificates");
  await runChild("debootstrap", [...options, suite, root, main], {
    env: withSbin(env),
    hint: "Check that this machine reaches the mirror, and that the disk has 1 GB free.",
  });
}

/**
 * @param {string} suite
 * @param {string} root
 * @param {{main: string, security: string}} mirrors
 */
function configure(suite, root, { main, security }) {
  const stanza = (/** @type {string} */ uri, /** @type {string} */ suites) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`;
  const sources = [
    stanza(main, `${suite} ${suite}-updates`),
    stanza(security, `${suite}-security`),
  ];
  const excludes = LEFT_OUT.map((name) => `path-exclude /usr/share/${name}/*\n`);
  const write = (/** @type {string} */ path, /** @type {string} */ text, mode = 0o644) =>
    writeFileSync(join(root, path), text, { mode });
  rmSync(join(root, "etc/apt/sources.list"), { force: true });
  write("etc/apt/sources.list.d/debian.sources", sources.join("\n"));
  write("etc/apt/apt.conf.d/docker-no-languages", 'Acquire::Languages "none";\n');
  write(
    "etc/dpkg/dpkg.cfg.d/docker",
    `${excludes.join("")}path-include /usr/share/doc/*/copyright\n`,
  );
  // Packages installed in a container must not try to start services.
  write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
}

/** @param {string} root */
function slim(root) {
  const empty = (/** @type {string} */ path, keep = /^$/) => {
    for (const name of readdirSync(join(root, path))) {
      if (!keep.test(name)) rmSync(join(root, path, name), { recursive: true });
    }
  };
  for (const name of LEFT_OUT) {
    const path = `usr/share/${name}`;
    if (!readdirSync(join(root, "usr/share")).includes(name)) continue;
    if (name !== "doc") empty(path);
    else
      for (const folder of readdirSync(join(root, path))) empty(`${path}/${folder}`, /^copyright$/);
  }
  for (const path of ["var/cache/apt", "var/lib/apt/lists", "var/log", "tmp", "dev"]) empty(path);
  // This machine's own name and resolver.
  for (const path of ["etc/hostname", "etc/resolv.conf"]) rmSync(join(root, path), { force: true });
}

/** @param {string} root */
function tarOf(root) {
  const args = [
    "--create",
    "--numeric-owner",
    "--one-file-system",
    "--sort=name",
    "--directory",
    root,
    ".",
  ];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"] });
  tar.on("exit", (code) => {
    if (code !== 0) tar.stdout.destroy(new Error(`tar ended with ${code}`));
  });
  return tar.stdout;
}
