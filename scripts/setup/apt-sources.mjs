// Where this machine gets Debian's packages from, so that an image built here uses a mirror that can be reached.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const DEFAULT_MIRRORS = {
  main: "http://deb.debian.org/debian",
  security: "http://deb.debian.org/debian-security",
};

/** @typedef {{uris: string[], suites: string[], components: string[]}} AptSource */

/**
 * @param {string} codename the Debian release to look for, such as bookworm
 * @param {string} [folder]
 * @returns {{main: string, security: string}}
 */
export function findDebianMirrors(codename, folder = "/etc/apt") {
  const sources = readAptSources(folder).filter(({ components }) => components.includes("main"));
  const uriOf = (/** @type {string} */ suite) =>
    sources.filter(({ suites }) => suites.includes(suite)).flatMap(({ uris }) => uris);
  // Other vendors name their suites after Debian's releases too, but only Debian has updates beside them.
  const updates = uriOf(`${codename}-updates`);
  const main =
    uriOf(codename).find((uri) => updates.includes(uri)) ??
    uriOf(codename).find((uri) => uri.endsWith("/debian"));
  return {
    main: main ?? DEFAULT_MIRRORS.main,
    security: uriOf(`${codename}-security`)[0] ?? DEFAULT_MIRRORS.security,
  };
}

/** @param {string} folder @returns {AptSource[]} */
function readAptSources(folder) {
  const parts = join(folder, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const paths = [join(folder, "sources.list"), ...names.map((name) => join(parts, name))];
  return paths
    .filter((path) => existsSync(path))
    .flatMap((path) => {
      const text = readFileSync(path, "utf8");
      if (path.endsWith(".sources")) return parseDeb822(text);
      return path.endsWith(".list") ? parseOneLine(text) : [];
    });
}

/** @param {string} text @returns {AptSource[]} */
export function parseDeb822(text) {
  const stanzas = text.replace(/^#.*\n?/gm, "").split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const words = (/** @type {string} */ field) => {
      // A value goes on in the lines below that start with a space.
      const value = new RegExp(`^${field}:((?:.*)(?:\n[ \t].*)*)`, "im").exec(stanza)?.[1] ?? "";
      return value.split(/\s+/).filter(Boolean);
    };
    if (!words("Types").includes("deb") || words("Enabled")[0] === "no") return [];
    return [source(words("URIs"), words("Suites"), words("Components"))];
  });
}

/** @param {string} text @returns {AptSource[]} */
export function parseOneLine(text) {
  return text.split("\n").flatMap((line) => {
    const [, rest] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?([^#]*)/.exec(line) ?? [];
    const [uri, suite, ...components] = rest?.trim().split(/\s+/) ?? [];
    return uri && suite ? [source([uri], [suite], components)] : [];
  });
}

/**
 * Only what a container may be told and can use: no passwords, no local folders.
 * @param {string[]} uris @param {string[]} suites @param {string[]} components
 * @returns {AptSource}
 */
function source(uris, suites, components) {
  const usable = uris.filter((uri) => /^https?:\/\/[^@]*$/.test(uri));
  return { uris: usable.map((uri) => uri.replace(/\/+$/, "")), suites, components };
}
