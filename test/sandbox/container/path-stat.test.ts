import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import { leadsElsewhere } from "../../../src/sandbox/container/path-stat.ts";
import { engineThatAnswers } from "../answering-engine.ts";

async function archiveWith(stat: string | null) {
  const headers = stat === null ? {} : { "x-docker-container-path-stat": stat };
  const { docker } = await engineThatAnswers([200, "", headers]);
  return docker.getContainer("c").getArchive({ path: "/x" });
}

/** In the engine's form, which is that of its language. */
const statOf = (mode: number) =>
  Buffer.from(JSON.stringify({ name: "x", size: 4, mode })).toString("base64");

describe("what an archive was asked of", () => {
  it.each([
    ["a file", 0o644, false],
    ["a folder", 2 ** 31 + 0o755, false],
    ["a symlink", 2 ** 27 + 0o777, true],
    ["a sticky folder", 2 ** 31 + 2 ** 20 + 0o777, false],
  ])("is %s: mode %d", async (_, mode, leads) => {
    expect(leadsElsewhere(await archiveWith(statOf(mode)))).toBe(leads);
  });

  it("is not known where the engine says nothing, and its fault where it says nonsense", async () => {
    expect(leadsElsewhere(await archiveWith(null))).toBe(false);
    const nonsense = await archiveWith("e30=");
    expect(() => leadsElsewhere(nonsense)).toThrow(EngineError);
  });
});
