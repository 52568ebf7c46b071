import { describe, expect, it } from "vitest";
import { type AccessRules, compileAccess } from "../../../src/core/access/policy.ts";
import { planMounts } from "../../../src/sandbox/editing/mount-plan.ts";
import { nodeVolumeEntries } from "../../../src/sandbox/editing/node-volume.ts";

const AGENT = 10001;

/** What a volume holds for these rules and files: `path mode owner content`. */
function volume(rules: Partial<AccessRules>, paths: readonly string[]): string[] {
  const policy = compileAccess({
    ...{ writable: [], readable: [], hidden: [], default: "readable" },
    ...rules,
  });
  const having = (access: string) => paths.filter((path) => policy.accessOf(path) === access);
  const plan = planMounts({
    policy,
    protectedFiles: having("readable"),
    hiddenFiles: having("hidden"),
    buildOutputs: [],
    writableFiles: having("writable"),
  });
  const files = having("writable").map((path) => ({
    path,
    mode: path.endsWith(".sh") ? ("100755" as const) : ("100644" as const),
    content: Buffer.from(path),
  }));
  return nodeVolumeEntries(plan, files)
    .map(({ path, mode, uid, content }) =>
      `${path} ${mode.toString(8)} ${uid} ${content}`.trimEnd(),
    )
    .sort();
}

describe("a node's volume", () => {
  it("holds the agent's own files under the flat names of their mounts", () => {
    const rules = { writable: ["a.c", "src/"] };
    expect(volume(rules, ["a.c", "bench.sh", "src/deep/b.c", "src/run.sh"])).toEqual([
      `0 644 ${AGENT} a.c`,
      `1 755 ${AGENT} folder`,
      `1/deep 755 ${AGENT} folder`,
      `1/deep/b.c 644 ${AGENT} src/deep/b.c`,
      `1/run.sh 755 ${AGENT} src/run.sh`,
    ]);
  });

  it("has empty stand-ins of protected files, in folders that only root may rename", () => {
    const rules = { writable: ["src/"], readable: ["src/a/b/keep.h", "src/lib/"] };
    expect(volume(rules, ["src/a/b/keep.h", "src/a/c/d.c", "src/lib/x/y.h"])).toEqual([
      "0 1777 0 folder",
      "0/a 1777 0 folder",
      "0/a/b 1777 0 folder",
      "0/a/b/keep.h 444 0",
      `0/a/c 755 ${AGENT} folder`,
      `0/a/c/d.c 644 ${AGENT} src/a/c/d.c`,
      "0/lib 1777 0 folder",
    ]);
  });

  it("has nothing of what is hidden, and keeps the folders that it will be put into", () => {
    const rules = { writable: ["./"], hidden: ["src/oracle/", "src/answer.ref"] };
    expect(volume(rules, ["src/a.c", "src/answer.ref", "src/oracle/x"])).toEqual([
      "0 1777 0 folder",
      "0/src 1777 0 folder",
      `0/src/a.c 644 ${AGENT} src/a.c`,
    ]);
  });

  it("holds the folders that rules name inside of a writable one, as the agent's or as a way to what is hidden", () => {
    const rules = { writable: ["src/*.c", "src/gen/"], hidden: ["src/gen/oracle/"] };
    expect(volume(rules, ["src/a.c"])).toEqual([
      `0 755 ${AGENT} folder`,
      `0/a.c 644 ${AGENT} src/a.c`,
      `0/gen 755 ${AGENT} folder`,
    ]);
    expect(volume(rules, ["src/a.c", "src/gen/oracle/x"])).toEqual([
      "0 1777 0 folder",
      `0/a.c 644 ${AGENT} src/a.c`,
      "0/gen 1777 0 folder",
    ]);
  });

  it("keeps the way to such a folder where something hidden lies beside it", () => {
    const rules = { writable: ["./", "lib/gen/"], hidden: ["lib/oracle/"] };
    expect(volume(rules, ["a.c", "lib/oracle/x"])).toEqual([
      "0 1777 0 folder",
      `0/a.c 644 ${AGENT} a.c`,
      "0/lib 1777 0 folder",
      `0/lib/gen 755 ${AGENT} folder`,
    ]);
  });

  it("holds an empty folder where the node has no file", () => {
    expect(volume({ writable: ["new/"] }, [])).toEqual([`0 755 ${AGENT} folder`]);
  });
});
