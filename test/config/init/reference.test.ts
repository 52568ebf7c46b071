import { describe, expect, it } from "vitest";
import { configReference } from "../../../src/config/init/reference.ts";
import { configSections } from "../../../src/config/key.ts";

describe("docs/config.md", () => {
  // After a change of the schema: npx vitest run test/config/init/reference.test.ts --update
  it("is what the schema generates", async () => {
    await expect(configReference()).toMatchFileSnapshot("../../../docs/config.md");
  });

  it("has a meaning for every key and every section but the top", () => {
    const silent = configSections().flatMap(({ path, meaning, keys }) => [
      ...(meaning === "" && path !== "" ? [path] : []),
      ...keys
        .filter((key) => key.meaning === "" && !key.path.endsWith(".kind"))
        .map((key) => key.path),
    ]);
    expect(silent).toEqual([]);
  });
});
