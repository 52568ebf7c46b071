import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import type { SteeringOrder } from "../../src/core/tree/steering.ts";
import { SteeringFolder } from "../../src/store/steering-folder.ts";
import { scratchFolder } from "./scratch.ts";

const AT = new Date("2026-11-23T10:00:00Z");
const pin = (id: string): SteeringOrder => ({ kind: "pin", id: parseId(id) });

function folder(): { readonly path: string; readonly steering: SteeringFolder } {
  const path = join(scratchFolder(), "steering");
  return { path, steering: new SteeringFolder(path) };
}

describe("SteeringFolder", () => {
  it("numbers orders as they come, and another process reads them", async () => {
    const { path, steering } = folder();
    expect(await steering.orders()).toEqual([]);
    expect(await steering.post(pin("1.1"), AT)).toBe(1);
    expect(await steering.post({ kind: "note", id: parseId("1"), text: "tiles" }, AT)).toBe(2);
    const other = new SteeringFolder(path);
    expect(await other.orders()).toEqual([
      { kind: "order", number: 1, order: pin("1.1") },
      { kind: "order", number: 2, order: { kind: "note", id: "1", text: "tiles" } },
    ]);
    expect(await other.current()).toEqual({
      ideas: [],
      marks: new Map([["1.1", "pinned"]]),
      notes: [{ id: "1", text: "tiles" }],
    });
  });

  it("loses none of many that are given at once, and gives no number twice", async () => {
    const { path } = folder();
    const ids = Array.from({ length: 20 }, (_, i) => `1.${i + 1}`);
    const post = (id: string) => new SteeringFolder(path).post(pin(id), AT);
    const numbers = await Promise.all(ids.map(post));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1));
    const { marks } = await new SteeringFolder(path).current();
    expect([...marks.keys()].sort()).toEqual([...ids].sort());
    expect((await readdir(path)).filter((name) => !/^\d+\.json$/.test(name))).toEqual([]);
  });

  it("is not led astray by files that loopty did not write", async () => {
    const { path, steering } = folder();
    await mkdir(path);
    const good = JSON.stringify({ v: 1, at: AT.toISOString(), order: pin("1.1") });
    await writeFile(join(path, "1.json"), good.slice(0, 30));
    await writeFile(join(path, "2.json"), good.replace('"1.1"', '"../../etc"'));
    await writeFile(join(path, "3.json"), good.replace('"v":1', '"v":2'));
    await writeFile(join(path, "4.json"), `"${"x".repeat(70_000)}"`);
    await writeFile(join(path, "5.json"), good);
    await mkdir(join(path, "6.json"));
    for (const name of ["07.json", "8.json.torn", "nine.json", ".10.json.1-1.torn", "-1.json"]) {
      await writeFile(join(path, name), good.replace("1.1", "1.9"));
    }
    const orders = await steering.orders();
    expect(orders.map(({ number, kind }) => [number, kind])).toEqual([
      [1, "unreadable"],
      [2, "unreadable"],
      [3, "unreadable"],
      [4, "unreadable"],
      [5, "order"],
      [6, "unreadable"],
    ]);
    expect(orders.slice(1, 4)).toMatchObject([
      { problem: "it is no order of loopty" },
      { problem: "it is no order of loopty" },
      { problem: "it has 70002 bytes" },
    ]);
    expect((await steering.current()).marks).toEqual(new Map([["1.1", "pinned"]]));
    expect(await steering.post(pin("1.2"), AT)).toBe(7);
  });

  it("says what to do where a number leaves no room for the next", async () => {
    const { path, steering } = folder();
    await mkdir(path);
    await writeFile(join(path, "999999999.json"), "");
    await expect(steering.post(pin("1.1"), AT)).rejects.toMatchObject({ hint: "delete that file" });
  });

  it("remembers what was taken up; a damaged file of it counts as nothing", async () => {
    const { path, steering } = folder();
    expect(await steering.taken()).toBe(0);
    await steering.post(pin("1.1"), AT);
    await steering.setTaken(1);
    expect(await new SteeringFolder(path).taken()).toBe(1);
    await writeFile(join(path, "taken"), "12");
    expect(await steering.taken()).toBe(0);
  });
});
