import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findDebianMirrors, parseDeb822, parseOneLine } from "../../scripts/setup/apt-sources.mjs";
import { scratchFolder } from "./scratch.ts";

const DEFAULTS = {
  main: "http://deb.debian.org/debian",
  security: "http://deb.debian.org/debian-security",
};

/** An apt folder with these files. */
function aptFolder(files: Record<string, string>) {
  const folder = scratchFolder();
  mkdirSync(join(folder, "sources.list.d"));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

describe("apt's deb822 sources", () => {
  it("are stanzas with lists of types, addresses, suites and components", () => {
    const text = [
      "# comment: not a field",
      "Types: deb deb-src",
      "URIs: http://one.example/debian/ http://two.example/debian",
      "Suites: bookworm bookworm-updates",
      "# a comment within a stanza",
      "Components: main",
      " contrib",
      "Signed-By:",
      " -----BEGIN PGP PUBLIC KEY BLOCK-----",
      " .",
      "",
      "types: deb",
      "uris: http://three.example/debian-security",
      "suites: bookworm-security",
      "components: main",
    ].join("\n");
    expect(parseDeb822(text)).toEqual([
      {
        uris: ["http://one.example/debian", "http://two.example/debian"],
        suites: ["bookworm", "bookworm-updates"],
        components: ["main", "contrib"],
      },
      {
        uris: ["http://three.example/debian-security"],
        suites: ["bookworm-security"],
        components: ["main"],
      },
    ]);
  });

  it.each(["Types: deb-src", "Types: deb\nEnabled: no"])("are left out where %j", (first) => {
    expect(parseDeb822(`${first}\nURIs: http://x.example\nSuites: a\nComponents: main\n`)).toEqual(
      [],
    );
  });
});

describe("apt's one-line sources", () => {
  it("are an address, a suite and components, with options in brackets before them", () => {
    const text = [
      "# deb http://old.example/debian bookworm main",
      "deb-src http://one.example/debian bookworm main",
      "deb [arch=amd64 signed-by=/key.gpg] http://one.example/debian bookworm main contrib # why",
      "",
    ].join("\n");
    expect(parseOneLine(text)).toEqual([
      {
        uris: ["http://one.example/debian"],
        suites: ["bookworm"],
        components: ["main", "contrib"],
      },
    ]);
  });

  it("lose an address that is no use in a container, or that holds a password", () => {
    const text = [
      "deb cdrom:[Debian]/ bookworm main",
      "deb file:/srv/debian bookworm main",
      "deb http://me:secret@one.example/debian bookworm main",
    ].join("\n");
    expect(parseOneLine(text).flatMap(({ uris }) => uris)).toEqual([]);
  });
});

describe("Debian's mirrors on this machine", () => {
  it("are the ones that Debian's own sources name", () => {
    const folder = aptFolder({
      "sources.list.d/debian.sources": [
        "Types: deb",
        "URIs: http://near.example/mirror",
        "Suites: bookworm bookworm-updates",
        "Components: main",
        "",
        "Types: deb",
        "URIs: http://near.example/secure",
        "Suites: bookworm-security",
        "Components: main",
      ].join("\n"),
    });
    expect(findDebianMirrors("bookworm", folder)).toEqual({
      main: "http://near.example/mirror",
      security: "http://near.example/secure",
    });
  });

  it("are not those of another vendor that uses the same suite", () => {
    const folder = aptFolder({
      "sources.list":
        "deb http://vendor.example/debian bookworm stable\ndeb http://tools.example bookworm main\n",
      "sources.list.d/debian.list":
        "deb http://near.example/pub bookworm main\ndeb http://near.example/pub bookworm-updates main\n",
    });
    expect(findDebianMirrors("bookworm", folder)).toEqual({
      main: "http://near.example/pub",
      security: DEFAULTS.security,
    });
  });

  it("need no updates when the address ends in /debian", () => {
    const folder = aptFolder({ "sources.list": "deb http://near.example/debian/ bookworm main" });
    expect(findDebianMirrors("bookworm", folder).main).toBe("http://near.example/debian");
  });

  it("are the public ones where apt knows no Debian", () => {
    const folder = aptFolder({
      "sources.list": "deb http://archive.example/ubuntu noble main universe\n",
      "sources.list.d/notes.txt": "deb http://near.example/debian bookworm main\n",
    });
    expect(findDebianMirrors("bookworm", folder)).toEqual(DEFAULTS);
  });
});
