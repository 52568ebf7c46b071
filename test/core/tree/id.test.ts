import { expect, it } from "vitest";
import { nextChildId, parseId } from "../../../src/core/tree/id.ts";

it("numbers the next child of a node by its children alone, whatever became of them", () => {
  const nodes = ["1", "1.1", "1.2", "1.2.1", "1.1.1", "1.1.2"].map((id) => ({
    parent: id === "1" ? null : parseId(id.slice(0, id.lastIndexOf("."))),
  }));
  expect(nextChildId(parseId("1"), nodes)).toBe("1.3");
  expect(nextChildId(parseId("1.2"), nodes)).toBe("1.2.2");
  expect(nextChildId(parseId("1.2.1"), nodes)).toBe("1.2.1.1");
});
