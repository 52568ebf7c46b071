import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const IMPORT = /import \{([^}]+)\} from "\.\.\/dist\/([\w/-]+)\.js"/g;
const EXPORT =
  /^export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm;
const files = ["bench", "scripts"].flatMap((folder) =>
  readdirSync(`${root}${folder}`)
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => `${folder}/${name}`),
);

function missingIn(file: string): string[] {
  const text = readFileSync(`${root}${file}`, "utf8");
  return [...text.matchAll(IMPORT)].flatMap(([, names = "", path = ""]) => {
    const source = readFileSync(`${root}src/${path}.ts`, "utf8");
    const exported = new Set([...source.matchAll(EXPORT)].map(([, name]) => name));
    return names
      .split(",")
      .map((name) => name.trim().split(" as ")[0] ?? "")
      .filter((name) => name !== "" && !exported.has(name))
      .map((name) => `${name} of src/${path}.ts`);
  });
}

// They run what is built, so that no compiler looks at them.
describe("programs beside the code", () => {
  it.each(files)("%s imports what there is", (file) => {
    expect(missingIn(file)).toEqual([]);
  });
});
