import { describe, expect, it } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import { readArchive } from "../../../src/sandbox/container/archive.ts";
import { linkAskedFor } from "../../../src/sandbox/container/path-stat.ts";
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
    ["a file", 0o644, null],
    ["a folder", 2 ** 31 + 0o755, null],
    ["a symlink", 2 ** 27 + 0o777, "x"],
    ["a sticky folder", 2 ** 31 + 2 ** 20 + 0o777, null],
  ])("is %s: mode %d", async (_, mode, link) => {
    expect(linkAskedFor(await archiveWith(statOf(mode)))).toBe(link);
  });

  it("is read as the link that it is, where the engine sends what it leads to", async () => {
    const archive = await archiveWith(statOf(2 ** 27 + 0o777));
    expect(await readArchive(archive, { entries: 1, bytes: 0 })).toEqual({
      kind: "entries",
      entries: [{ name: "x", type: "symlink", mode: 0o777, content: Buffer.alloc(0) }],
    });
  });

  it("is not known where the engine says nothing, and its fault where it says nonsense", async () => {
    expect(linkAskedFor(await archiveWith(null))).toBeNull();
    const nonsense = await archiveWith("e30=");
    expect(() => linkAskedFor(nonsense)).toThrow(EngineError);
  });
});
