import { describe, expect, it } from "vitest";
import { runEventSchema } from "../../../src/core/events/event.ts";
import { eventReference } from "../../../src/core/events/event-reference.ts";

describe("docs/events.md", () => {
  // After a change of the schema: npx vitest run test/core/events/event-reference.test.ts --update
  it("is what the schema generates", async () => {
    await expect(eventReference()).toMatchFileSnapshot("../../../docs/events.md");
  });

  it("has every event, and says when it is told", () => {
    const text = eventReference();
    for (const { shape, description } of runEventSchema.options) {
      expect(description).toMatch(/^\S/);
      expect(text).toContain(`\n## ${shape.type.value}\n\nEmitted ${description}.\n`);
      for (const field of Object.keys(shape)) expect(text).toContain(`\`${field}\``);
    }
  });
});
