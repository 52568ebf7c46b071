import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { parseJsonLines } from "../../../src/core/text/json.ts";
import { LineLog } from "../../../src/store/files/line-log.ts";
import { scratchFolder } from "../scratch.ts";

const readLines = (path: string) =>
  parseJsonLines<unknown>(readFileSync(path, "utf8"), (json) => json).entries;

describe("a line log", () => {
  it("keeps lines in the order of the calls, over reopening", async () => {
    const path = join(scratchFolder(), "events.jsonl");
    for (const start of [0, 100]) {
      await using log = await LineLog.open(path);
      await Promise.all(Array.from({ length: 100 }, (_, i) => log.append({ n: start + i })));
    }
    expect(readLines(path)).toEqual(Array.from({ length: 200 }, (_, n) => ({ n })));
  });

  it("keeps lines whole and in order when a long one is under way", async () => {
    const path = join(scratchFolder(), "transcript.jsonl");
    await using log = await LineLog.open(path);
    const values = ["x".repeat(3_000_000), "a", "y".repeat(2_000_000), "b"];
    await Promise.all(values.map((value) => log.append(value)));
    expect(readLines(path).map((value) => String(value)[0])).toEqual(["x", "a", "y", "b"]);
  });

  it("survives a kill at any byte of the last line: whole lines stay, the next one is readable", async () => {
    const path = join(scratchFolder(), "events.jsonl");
    const whole = '{"n":1}\n{"n":2}\n';
    const last = '{"text":"\u00e9\\n"}\n';
    const bytes = Buffer.from(whole + last);
    for (let length = Buffer.byteLength(whole); length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(readLines(path)).toEqual([{ n: 1 }, { n: 2 }]);
      {
        await using log = await LineLog.open(path);
        await log.append({ n: 3 }, { sync: true });
      }
      expect(readFileSync(path, "utf8")).toBe(`${whole}{"n":3}\n`);
    }
  });

  it("cuts a torn line longer than one look back, and a file that is nothing else", async () => {
    const path = join(scratchFolder(), "events.jsonl");
    for (const whole of ["", '{"n":1}\n']) {
      writeFileSync(path, `${whole}{"text":"${"x".repeat(200_000)}`);
      await using log = await LineLog.open(path);
      await log.append({ n: 2 });
      expect(readFileSync(path, "utf8")).toBe(`${whole}{"n":2}\n`);
    }
  });

  it("gives back any JSON value", async () => {
    const path = join(scratchFolder(), "runs.jsonl");
    await using log = await LineLog.open(path);
    const values: unknown[] = [];
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        await log.append(value);
        values.push(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(readLines(path)).toEqual(values);
  });

  it.runIf(existsSync("/dev/full"))("says that the disk is full", async () => {
    await using log = await LineLog.open("/dev/full");
    const failure = await log.append({ n: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({
      message: "cannot write /dev/full: no space is left on the disk",
    });
  });
});
