import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { followProgress } from "../../../src/sandbox/engine/progress.ts";
import { settings } from "../paper-settings.ts";

async function followed(...lines: readonly unknown[]) {
  const said: string[] = [];
  const stream = Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`));
  const failure = await followProgress(settings.engine.docker, stream, ({ stream: text }) =>
    said.push(text ?? "-"),
  );
  return { failure, said };
}

describe("an engine's progress", () => {
  it("is told line by line, and ends without a failure", async () => {
    expect(await followed({ stream: "Step 1\n" }, { id: "moby.image.id", aux: {} })).toEqual({
      failure: null,
      said: ["Step 1\n", "-"],
    });
  });

  it.each([
    [{ errorDetail: { code: 2, message: "new" }, error: "old" }, "new"],
    [{ errorDetail: { message: "new" } }, "new"],
    [{ error: "old" }, "old"],
  ])("ends with the failure that %j reports", async (line, failure) => {
    expect(await followed({ stream: "x" }, line)).toMatchObject({ failure });
  });
});
