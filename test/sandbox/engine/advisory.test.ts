import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ENGINE_ADVISORIES,
  type EngineAdvisory,
  type EngineVersions,
  openAdvisories,
} from "../../../src/sandbox/engine/advisory.ts";

const NEW: EngineVersions = {
  kind: "docker",
  version: "29.5.1",
  runcVersion: "1.4.0",
  platform: "",
};

function idsOf(versions: Partial<typeof NEW>): string[] {
  return openAdvisories({ ...NEW, ...versions }).map(({ id }) => id);
}

describe("the published holes of an engine", () => {
  it("are none by the newest versions", () => {
    expect(idsOf({})).toEqual([]);
  });

  it("are all that were found since, for Debian 12's versions", () => {
    expect(idsOf({ version: "20.10.24+dfsg1", runcVersion: "1.1.5+ds1" })).toEqual([
      "CVE-2026-31431",
      "CVE-2026-41567",
      "CVE-2026-41568",
      "CVE-2026-42306",
      "CVE-2024-21626",
      "CVE-2024-45310",
      "CVE-2025-31133",
      "CVE-2025-52565",
      "CVE-2025-52881",
    ]);
  });

  it.each([
    ["18.09.6", "CVE-2018-15664", true],
    ["18.09.7", "CVE-2018-15664", false],
    ["18.09.7", "CVE-2019-14271", false],
    ["19.03.0", "CVE-2019-14271", true],
    ["19.03.1", "CVE-2019-14271", false],
    ["29.4.2", "CVE-2026-31431", true],
    ["29.4.3", "CVE-2026-31431", false],
    ["25.0.16", "CVE-2026-42306", true],
    ["25.0.17", "CVE-2026-42306", false],
    ["26.1.5", "CVE-2026-42306", true],
    ["29.5.0", "CVE-2026-41567", true],
    ["30.0.0", "CVE-2026-41567", false],
  ])("engine %s has %s: %s", (version, id, has) => {
    expect(idsOf({ version }).includes(id)).toBe(has);
  });

  it.each([
    ["1.0.0-rc6", "CVE-2019-5736", true],
    ["1.0.0-rc7", "CVE-2019-5736", false],
    ["1.0.0~rc93+ds1", "CVE-2021-30465", true],
    ["1.0.0-rc95", "CVE-2021-30465", false],
    ["1.0.0-rc92", "CVE-2024-21626", false],
    ["1.1.11", "CVE-2024-21626", true],
    ["1.1.12", "CVE-2024-21626", false],
    ["1.1.13", "CVE-2024-45310", true],
    ["1.1.14", "CVE-2024-45310", false],
    ["1.2.0-rc2", "CVE-2024-45310", true],
    ["1.1.15", "CVE-2025-31133", true],
    ["1.2.7", "CVE-2025-52565", true],
    ["1.2.8", "CVE-2025-52565", false],
    ["1.3.0", "CVE-2025-52881", true],
    ["1.3.3", "CVE-2025-52881", false],
    ["1.4.0-rc2", "CVE-2025-31133", true],
    ["1.4.0-rc3", "CVE-2025-31133", false],
  ])("runc %s has %s: %s", (runcVersion, id, has) => {
    expect(idsOf({ runcVersion }).includes(id)).toBe(has);
  });

  it.each([
    ["Docker Desktop 4.44.2 (201948)", true],
    ["Docker Desktop 4.44.3 (202357)", false],
    ["Docker Engine - Community", false],
    ["4.1.0", false],
  ])("the platform %j has CVE-2025-9074: %s", (platform, has) => {
    expect(idsOf({ platform }).includes("CVE-2025-9074")).toBe(has);
  });

  it("are none of a part that tells no version", () => {
    expect(idsOf({ version: "master-3a2b", runcVersion: "unknown" })).toEqual([]);
  });

  it("name the version told, every version to update to, and what a distribution put behind", () => {
    const of = (runcVersion: string) =>
      openAdvisories({ ...NEW, runcVersion }).filter(({ id }) => id === "CVE-2025-31133");
    expect(of("1.1.5+ds1")).toMatchObject([
      { version: "1.1.5+ds1", fixes: ["1.2.8", "1.3.3", "1.4.0-rc3"], build: "+ds1" },
    ]);
    expect(of("1.3.1")).toMatchObject([{ fixes: ["1.3.3", "1.4.0-rc3"], build: "" }]);
  });

  it("have ids, clauses and versions that fit the table", () => {
    expect(new Set(ENGINE_ADVISORIES.map(({ id }) => id)).size).toBe(ENGINE_ADVISORIES.length);
    for (const { id, allows, fixedIn } of ENGINE_ADVISORIES) {
      expect(id).toMatch(/^CVE-20\d\d-\d{4,}$/);
      expect(allows).toMatch(/^[^A-Z].*; .*[^.]$/);
      expect(fixedIn.length).toBeGreaterThan(0);
    }
  });

  it("never come back in a branch once it is mended, and never stay past the newest mended one", () => {
    const hole: EngineAdvisory = {
      id: "CVE-2000-1",
      part: "runc",
      since: "1.1.3",
      fixedIn: ["1.2.5", "1.4.1"],
      allows: "a; b",
    };
    const part = fc.nat(8);
    fc.assert(
      fc.property(part, part, part, (major, minor, patch) => {
        const versions = { ...NEW, runcVersion: `${major}.${minor}.${patch}` };
        const number = major * 100 + minor * 10 + patch;
        const mended = (number >= 125 && number < 130) || number >= 141;
        const isOpen = number >= 113 && !mended;
        expect(openAdvisories(versions, [hole])).toHaveLength(isOpen ? 1 : 0);
      }),
    );
  });
});
