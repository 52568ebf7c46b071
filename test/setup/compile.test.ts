import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { compile } from "../../scripts/setup/compile.mjs";
import { SetupError } from "../../scripts/setup/setup-error.mjs";
import { scratchFolder } from "./scratch.ts";

const CHANGED = "src/ changed since it was compiled: tsc";
let root: string;

const context = () => ({ root, env: {}, home: root, say: () => {} });
const path = (name: string) => join(root, name);

beforeEach(() => {
  root = scratchFolder();
  mkdirSync(path("src/core"), { recursive: true });
  symlinkSync(resolve("node_modules"), path("node_modules"));
  writeFileSync(path("package.json"), '{"type":"module"}');
  writeFileSync(path("package-lock.json"), "{}");
  const options = {
    module: "NodeNext",
    lib: ["ES5"],
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    types: [],
  };
  writeFileSync(path("tsconfig.json"), JSON.stringify({ compilerOptions: options }));
  const build = {
    extends: "./tsconfig.json",
    compilerOptions: {
      rootDir: "src",
      outDir: "dist",
      incremental: true,
      tsBuildInfoFile: "dist/.tsbuildinfo",
    },
    include: ["src"],
  };
  writeFileSync(path("tsconfig.build.json"), JSON.stringify(build));
  writeFileSync(path("src/main.ts"), 'import { one } from "./core/one.ts";\nexport default one;\n');
  writeFileSync(path("src/core/one.ts"), "export const one: number = 1;\n");
});

describe("the compile step", () => {
  it("compiles when dist/ is missing, then has nothing to do", async () => {
    expect(await compile.whyNeeded(context())).toBe("dist/main.js is missing: tsc");
    await compile.run(context());
    expect(await compile.whyNeeded(context())).toBeUndefined();
  });

  it("makes dist/main.js executable", async () => {
    await compile.run(context());
    expect(statSync(path("dist/main.js")).mode & 0o777).toBe(0o755);
    chmodSync(path("dist/main.js"), 0o644);
    expect(await compile.whyNeeded(context())).toBe("dist/main.js is not executable: tsc");
  });

  it("compiles again when a source changes, is added or removed", async () => {
    await compile.run(context());
    writeFileSync(path("src/core/one.ts"), "export const one: number = 2;\n");
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
    await compile.run(context());
    writeFileSync(path("src/core/two.ts"), "export const two = 2;\n");
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
    await compile.run(context());
    rmSync(path("src/core/two.ts"));
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
  });

  it("compiles again when the compiler's configuration or a dependency changes", async () => {
    await compile.run(context());
    writeFileSync(path("package-lock.json"), "{ }");
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
  });

  it("compiles again when somebody else compiled in between", async () => {
    await compile.run(context());
    writeFileSync(path("dist/.tsbuildinfo"), "{}");
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
  });

  it("does not mind new times on unchanged files, as a checkout gives them", async () => {
    await compile.run(context());
    utimesSync(path("src/main.ts"), new Date(), new Date(Date.now() + 60_000));
    expect(await compile.whyNeeded(context())).toBeUndefined();
  });

  it("writes files again that were deleted from dist/", async () => {
    await compile.run(context());
    rmSync(path("dist/main.js"));
    await compile.run(context());
    expect(existsSync(path("dist/main.js"))).toBe(true);
  });

  it("removes from dist/ what a deleted source left there", async () => {
    writeFileSync(path("src/core/two.ts"), "export const two = 2;\n");
    await compile.run(context());
    expect(readdirSync(path("dist/core"))).toEqual(["one.js", "two.js"]);
    rmSync(path("src/core/two.ts"));
    await compile.run(context());
    expect(readdirSync(path("dist/core"))).toEqual(["one.js"]);
  });

  it("keeps what was compiled from a source with markup", async () => {
    writeFileSync(path("src/core/two.tsx"), "export const two = 2;\n");
    await compile.run(context());
    expect(readdirSync(path("dist/core"))).toEqual(["one.js", "two.js"]);
  });

  it("leaves the bundled page in dist/, whose files have no source of their own", async () => {
    mkdirSync(path("dist/dashboard/page/assets"), { recursive: true });
    writeFileSync(path("dist/dashboard/page/assets/index-1.js"), "");
    await compile.run(context());
    expect(existsSync(path("dist/dashboard/page/assets/index-1.js"))).toBe(true);
  });

  it("bundles the page where there is one, and again when its bundler's configuration changes", async () => {
    writeFileSync(path("src/index.html"), "<!doctype html><title>page</title>");
    const config = (folder: string) =>
      `export default { root: "src", build: { outDir: "../dist/dashboard/${folder}" } };`;
    writeFileSync(path("vite.config.ts"), config("page"));
    await compile.run(context());
    expect(existsSync(path("dist/dashboard/page/index.html"))).toBe(true);
    expect(await compile.whyNeeded(context())).toBeUndefined();
    writeFileSync(path("vite.config.ts"), config("other"));
    expect(await compile.whyNeeded(context())).toBe(CHANGED);
  });

  it("shows the compiler's errors", async () => {
    writeFileSync(path("src/core/one.ts"), 'export const one: number = "1";\n');
    const failure = await compile.run(context()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SetupError);
    expect(String(failure)).toContain("src/core/one.ts(1,14): error TS2322");
  });
});
