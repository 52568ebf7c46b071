import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseConfig } from "../../../src/config/load.ts";
import { compileAccess } from "../../../src/core/access/policy.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { refused } from "../refusal.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

const PATHS = [
  "src/a.c",
  "src/lib/x.h",
  "a",
  "src",
  ".git/config",
  "x".repeat(200),
  "a/".repeat(40),
];

/** loopty.yaml. */
export const config: FuzzTarget = {
  name: "config",
  samples: [
    ...textsOf(MINIMAL),
    ...["loopty.yaml", "examples/wordfreq/loopty.yaml", "examples/json-parse/loopty.yaml"].map(
      (path) => readFileSync(new URL(`../../../${path}`, import.meta.url)),
    ),
  ],
  structure: "bytes",
  words: [
    ...[
      "\n",
      "  ",
      "- ",
      ": ",
      "? ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!!int ",
      "|\n",
      ">-\n",
      "#",
      "---\n",
    ],
    ...["none", "2g", "30/h", "0.5%", "3x", "1e9", "auto", "src/", "**/*", "*.c", "/", "../x", "~"],
    ...[
      "sandbox:\n",
      "access: ",
      "budget: { usd: ",
      "agent: { kind: ",
      "metrics:",
      "<<: *a",
      "%YAML 1.2\n",
    ],
  ],
  inputs: 137,
  check(input) {
    const text = input.toString("utf8");
    const written = refused(() => parseConfig(text));
    if (written === null) return;
    // A run records it as JSON, and goes on by that.
    assert.deepEqual(JSON.parse(JSON.stringify(written)), written);
    assert.deepEqual(parseConfig(text), written);
    const policy = refused(() => compileAccess(written.access));
    if (policy === null) return;
    for (const path of PATHS) policy.accessOf(path);
  },
};
