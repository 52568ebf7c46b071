import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shellQuote } from "../../../src/core/text/shell.ts";

it("quotes any text so that a shell takes it as one word", () => {
  const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  const words = fc.sample(word, 1000);
  // One shell for all of them: starting it takes longer than what it does.
  const input = `printf '%s\\0' ${words.map(shellQuote).join(" ")}`;
  const printed = execFileSync("/bin/sh", { input });
  expect(printed.toString("utf8").split("\0").slice(0, -1)).toEqual(
    words.map((text) => Buffer.from(text).toString("utf8")),
  );
});
