import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseId } from "../../../src/core/tree/id.ts";
import { notesFor, steeringOf, steeringOrderSchema } from "../../../src/core/tree/steering.ts";
import { SteeringFolder } from "../../../src/store/steering-folder.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

const AT = new Date("2026-03-01T12:00:00Z");
const order = (given: object) => JSON.stringify({ v: 1, at: AT.toISOString(), order: given });

/** An order that a person gave, as a file of a run's steering folder. */
export const steering: FuzzTarget = {
  name: "steering",
  samples: textsOf(
    order({ kind: "note", id: "1.1", text: "try tiling" }),
    order({ kind: "pin", id: "1.1" }),
    order({ kind: "stop", owner: "77:boot-1:123" }),
  ),
  structure: "json",
  words: ['"kind":"freeze"', '"id":"1"', "{", "}", '"v":2', "\n", '"text":"', "\\n"],
  inputs: 750,
  async check(input, _random, folder) {
    mkdirSync(join(folder, "steering"), { recursive: true });
    writeFileSync(join(folder, "steering", "1.json"), input);
    const orders = new SteeringFolder(join(folder, "steering"));
    const [posted, ...more] = await orders.orders();
    assert.ok(posted?.number === 1 && more.length === 0);
    if (posted.kind === "unreadable") assert.ok(posted.problem !== "");
    else assert.deepEqual(steeringOrderSchema.parse(posted.order), posted.order);
    const current = await orders.current();
    for (const text of ["1", "1.1", "1.1.2"]) {
      notesFor(current, parseId(text));
      steeringOf(current, parseId(text));
    }
  },
};
