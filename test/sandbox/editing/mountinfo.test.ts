import { describe, expect, it } from "vitest";
import {
  type ExpectedMount,
  mountProblems,
  readMountinfo,
} from "../../../src/sandbox/editing/mountinfo.ts";

const VOLUMES = "/var/lib/docker/volumes";

/** Lines as the kernel writes them, with the mounts of an agent's container among the engine's own. */
const LINES = [
  "76 55 0:34 / / rw,relatime master:12 - overlay overlay rw,lowerdir=/a:/b",
  "77 76 0:37 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw",
  "95 76 254:0 /var/lib/docker/volumes/node/_data/0 /workspace/src rw,relatime master:1 - ext4 /dev/vda rw",
  "96 95 254:0 /var/lib/docker/volumes/protected/_data/0 /workspace/src/keep.h ro,relatime master:1 - ext4 /dev/vda rw",
  "97 76 254:0 /var/lib/docker/volumes/protected/_data/1 /workspace/a\\040b ro,relatime - ext4 /dev/vda rw",
];

const EXPECTED: readonly ExpectedMount[] = [
  { target: "/workspace/src", readOnly: false, rootEnd: "/node/_data/0" },
  { target: "/workspace/src/keep.h", readOnly: true, rootEnd: "/protected/_data/0" },
  { target: "/workspace/a b", readOnly: true, rootEnd: "/protected/_data/1" },
];

const problems = (lines: readonly string[], expected = EXPECTED) =>
  mountProblems(readMountinfo(`${lines.join("\n")}\n\n`), expected, "/workspace");
const without = (part: string) => LINES.filter((line) => !line.includes(part));
const changed = (from: string, to: string) => LINES.map((line) => line.replace(from, to));

describe("the kernel's list of mounts", () => {
  it("is read with its escapes and modes", () => {
    expect(readMountinfo(LINES.slice(3).join("\n"))).toEqual([
      { root: `${VOLUMES}/protected/_data/0`, mountPoint: "/workspace/src/keep.h", readOnly: true },
      { root: `${VOLUMES}/protected/_data/1`, mountPoint: "/workspace/a b", readOnly: true },
    ]);
  });

  it("shows no problem where all is as asked", () => {
    expect(problems(LINES)).toEqual([]);
  });

  it("shows a mount that is not there, as where a symlink led it elsewhere", () => {
    expect(problems(without("keep.h"))).toEqual(["/workspace/src/keep.h is not mounted"]);
    expect(problems(changed("/workspace/src/keep.h", "/tmp/forged"))).toEqual([
      "/workspace/src/keep.h is not mounted",
    ]);
  });

  it("shows a mount that came out in the other mode", () => {
    expect(problems(changed("keep.h ro,", "keep.h rw,"))).toEqual([
      "/workspace/src/keep.h is writable",
    ]);
    expect(problems(changed("/src rw,", "/src ro,"))).toEqual(["/workspace/src is read-only"]);
    // The file system's own mode, after the dash, says nothing of the mount's.
    expect(problems(LINES.map((line) => line.replace(/rw$/, "ro")))).toEqual([]);
  });

  it.each([
    ["another source", "/protected/_data/0", "/protected/_data/10"],
    ["another volume", "/protected/_data/0", "/node/_data/0"],
    ["a folder of the host", "/var/lib/docker/volumes/protected/_data/0", "/etc"],
    ["a source that is gone", "/protected/_data/0", "/protected/_data/0//deleted"],
  ])("shows a mount of %s", (_, from, to) => {
    expect(problems(changed(from, to))).toEqual([
      expect.stringMatching(/^\/workspace\/src\/keep\.h shows .*, not …\/protected\/_data\/0$/),
    ]);
  });

  it("shows a mount over another: the last one is what is seen", () => {
    const over = "98 95 0:50 / /workspace/src/keep.h rw,relatime - tmpfs tmpfs rw";
    expect(problems([...LINES, over])).toEqual(["/workspace/src/keep.h is writable"]);
  });

  it("shows a mount in the workspace that nobody asked for, and none outside", () => {
    const line = (at: string) => `99 76 254:0 / ${at} rw - ext4 /dev/vda rw`;
    expect(problems([...LINES, line("/workspace")])).toEqual(["/workspace is mounted unasked"]);
    expect(problems([...LINES, line("/workspace/lib")])).toEqual([
      "/workspace/lib is mounted unasked",
    ]);
    expect(problems([...LINES, line("/workspaces"), line("/tmp")])).toEqual([]);
  });
});
