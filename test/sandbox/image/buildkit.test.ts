import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { needsBuildKit, printedIn } from "../../../src/sandbox/image/buildkit.ts";

describe("a Dockerfile", () => {
  it.each([
    "FROM a\nRUN --mount=type=cache,target=/root/.cache true\n",
    "FROM a\nrun --network=none --mount=type=cache,target=/x true\n",
    "FROM a AS b\nCOPY --from=b --chmod=755 x.sh /x.sh\n",
    "FROM a\nADD --checksum=sha256:1 http://x/y /y\n",
    "FROM a\nRUN <<EOF\necho hi\nEOF\n",
    'FROM a\nCOPY <<-"EOF" /x\nhi\nEOF\n',
    "# syntax=docker/dockerfile:1\nFROM a\n",
  ])("is written for BuildKit: %j", (text) => expect(needsBuildKit(text)).toBe(true));

  it.each([
    "FROM a\nRUN make --mount=x\n",
    "FROM a\nCOPY --from=b --chown=1:1 /x /y\n",
    "FROM a\n# RUN --mount=type=cache true\nRUN true\n",
    "FROM a\nRUN x=$((1<<2)); echo $x\n",
    "FROM a\nENV TEXT=<<EOF\n",
  ])("is for every builder: %j", (text) => expect(needsBuildKit(text)).toBe(false));
});

/** A field that has a length, of less than 128 bytes. */
const field = (number: number, content: Buffer) =>
  Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);

describe("BuildKit's progress", () => {
  it("tells what commands printed, among vertexes, times and streams", () => {
    const log = (text: string) =>
      field(
        3,
        Buffer.concat([
          field(1, Buffer.from("sha256:1")),
          Buffer.from([0x18, 1]),
          field(4, Buffer.from(text)),
        ]),
      );
    const trace = Buffer.concat([field(1, Buffer.from("vertex")), log("one\n"), log("two\n")]);
    expect(printedIn(trace.toString("base64"))).toBe("one\ntwo\n");
  });

  it("is nothing where it is nonsense, and always ends", () => {
    fc.assert(
      fc.property(fc.base64String(), (trace) => {
        expect(typeof printedIn(trace)).toBe("string");
      }),
    );
    expect(printedIn("////////")).toBe("");
  });
});
