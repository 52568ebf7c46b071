import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../scripts/setup/lock.mjs";
import { scratchFolder } from "./scratch.ts";

let path: string;
let said: string[];

const say = (line: string) => {
  said.push(line);
};

beforeEach(() => {
  path = join(scratchFolder(), "lock");
  said = [];
});

describe("the set-up lock", () => {
  it("lets one in at a time", async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push(`${name} ends`);
    };
    await Promise.all([withLock(path, say, work("first")), withLock(path, say, work("second"))]);
    expect(order).toEqual(["first begins", "first ends", "second begins", "second ends"]);
    expect(said).toEqual([`waiting for another set-up (${path})`]);
  });

  it("is given back when the work fails", async () => {
    await expect(withLock(path, say, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ["that has ended", "4194305 1"],
    ["whose number another process has by now", `${process.pid} 1`],
  ])("is taken from a process %s", async (_, owner) => {
    writeFileSync(path, owner);
    let held = "";
    await withLock(path, say, async () => {
      held = readFileSync(path, "utf8");
    });
    expect(held).toMatch(new RegExp(`^${process.pid} `));
  });
});
