import assert from "node:assert/strict";
import { mountProblems, readMountinfo } from "../../../src/sandbox/editing/mountinfo.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

const EXPECTED = [
  { target: "/workspace/src", readOnly: false, rootEnd: "/node/_data/0" },
  { target: "/workspace/a b", readOnly: true, rootEnd: "/protected/_data/1" },
];
const GOOD = `76 55 0:34 / / rw,relatime master:12 - overlay overlay rw,lowerdir=/a:/b
95 76 254:0 /volumes/node/_data/0 /workspace/src rw,relatime master:1 - ext4 /dev/vda rw
97 76 254:0 /volumes/protected/_data/1 /workspace/a\\040b ro,relatime - ext4 /dev/vda rw
`;

/** What the kernel says is mounted, as a container shows it. */
export const mountinfo: FuzzTarget = {
  name: "mountinfo",
  samples: textsOf(GOOD, `${GOOD}\n`),
  structure: "bytes",
  words: [
    "\n",
    " ",
    "\\040",
    "\\134",
    "\\012",
    "ro,",
    "rw,",
    "/workspace/src",
    " - ",
    "/node/_data/0",
    "\\",
  ],
  inputs: 7500,
  check(input) {
    const text = input.toString("utf8");
    const lines = readMountinfo(text);
    const given = text.split("\n").filter((line) => line !== "");
    assert.equal(lines.length, given.length);
    if (mountProblems(lines, EXPECTED, "/workspace").length > 0) return;
    // All is as asked: then the kernel did say so of each mount, and last.
    for (const { target, readOnly } of EXPECTED) {
      const at = lines.findLastIndex(({ mountPoint }) => mountPoint === target);
      assert.equal(/^([^ ]* ){5}([^ ]*,)?ro(,| |$)/.test(given[at] ?? ""), readOnly);
    }
  },
};
