import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ancestorsOf, isBelow } from "../../../src/core/access/path.ts";
import {
  type AccessPolicy,
  type AccessRules,
  compileAccess,
} from "../../../src/core/access/policy.ts";
import { UserError } from "../../../src/core/error.ts";
import { comparePaths } from "../../../src/core/file.ts";
import {
  type MountFacts,
  type MountPlan,
  pathToSource,
  planMounts,
  sourceToPath,
} from "../../../src/sandbox/editing/mount-plan.ts";

const policyOf = (rules: Partial<AccessRules>): AccessPolicy =>
  compileAccess({ writable: [], readable: [], hidden: [], default: "readable", ...rules });

/** The facts of a workspace with these files, told apart by the policy. */
function factsOf(
  policy: AccessPolicy,
  files: readonly string[],
  buildOutputs: readonly string[] = [],
): MountFacts {
  const of = (access: string) => files.filter((path) => policy.accessOf(path) === access);
  return {
    policy,
    protectedFiles: of("readable"),
    hiddenFiles: of("hidden"),
    writableFiles: of("writable"),
    buildOutputs,
  };
}

function planFor(
  rules: Partial<AccessRules>,
  files: readonly string[],
  outputs?: readonly string[],
) {
  return planMounts(factsOf(policyOf(rules), files, outputs));
}

/** `rw` and `ro` mounts in the order they are made, one line each. */
function drawn({ writable, protected: protectedMounts }: MountPlan): string[] {
  const slash = (kind: string) => (kind === "folder" ? "/" : "");
  return [
    ...writable.map((m) => `rw ${m.source} ${m.target}${slash(m.entry.kind)}`),
    ...protectedMounts.map((m) => `ro ${m.source} ${m.target}${slash(m.kind)}`),
  ];
}

describe("the mounts of an agent's container", () => {
  it("bind a writable file, and whole protected folders where nothing else lies in them", () => {
    const files = ["Makefile", "include/a.h", "include/sys/b.h", "src/main.c", "src/matmul.c"];
    const plan = planFor({ writable: ["src/matmul.c"] }, files);
    expect(drawn(plan)).toEqual([
      "rw 0 /workspace/src/matmul.c",
      "ro 0 /workspace/Makefile",
      "ro 1 /workspace/include/",
      "ro 2 /workspace/src/main.c",
    ]);
    expect(plan.stickyFolders).toEqual([]);
  });

  it("bind files one by one where the baseline's build adds something, and whole folders below that", () => {
    const files = ["w.c", "lib/a.c", "lib/sub/b.c", "lib/obj/keep/c.c", "doc/x"];
    const plan = planFor({ writable: ["w.c"] }, files, ["lib/a.o", "lib/obj", "doc"]);
    expect(drawn(plan)).toEqual([
      "rw 0 /workspace/w.c",
      "ro 0 /workspace/doc/x",
      "ro 1 /workspace/lib/a.c",
      "ro 2 /workspace/lib/obj/keep/",
      "ro 3 /workspace/lib/sub/",
    ]);
  });

  it("lay a protected folder and a writable file in it over a writable folder", () => {
    const files = ["src/a.c", "src/lib/a.h", "src/lib/gen.c", "src/lib/sys/b.h", "src/oracle.c"];
    const plan = planFor(
      {
        writable: ["src/", "src/lib/gen.c"],
        readable: ["src/lib/"],
        hidden: ["src/oracle.c"],
      },
      files,
    );
    expect(drawn(plan)).toEqual([
      "rw 0 /workspace/src/",
      "ro 0 /workspace/src/lib/a.h",
      "ro 1 /workspace/src/lib/sys/",
    ]);
    expect(plan.stickyFolders).toEqual(["src", "src/lib"]);
  });

  it("bind a folder whole inside a writable one when a narrower rule protects all of it", () => {
    const plan = planFor({ writable: ["src/"], readable: ["src/lib/"] }, [
      "src/a.c",
      "src/lib/a.h",
      "src/lib/sys/b.h",
    ]);
    expect(drawn(plan)).toEqual(["rw 0 /workspace/src/", "ro 0 /workspace/src/lib/"]);
    expect(plan.stickyFolders).toEqual(["src"]);
  });

  it("mount the whole workspace writable for a glob at its top, with all else read-only over it", () => {
    const files = ["a.c", "b.c", "Makefile", "include/a.h", "test/t.c"];
    const plan = planFor({ writable: ["*.c"] }, files);
    expect(drawn(plan)).toEqual([
      "rw 0 /workspace/",
      "ro 0 /workspace/Makefile",
      "ro 1 /workspace/include/",
      "ro 2 /workspace/test/",
    ]);
    expect(plan.stickyFolders).toEqual([""]);
    expect(pathToSource(plan, "test")).toBe("0/test");
  });

  it("bind files one by one below a glob that crosses folders, as a match may be added anywhere", () => {
    const plan = planFor({ writable: ["src/**/*.c"] }, [
      "src/a.c",
      "src/x/a.h",
      "src/x/b.h",
      "y/a.h",
    ]);
    expect(drawn(plan)).toEqual([
      "rw 0 /workspace/src/",
      "ro 0 /workspace/src/x/a.h",
      "ro 1 /workspace/src/x/b.h",
      "ro 2 /workspace/y/",
    ]);
    expect(plan.stickyFolders).toEqual(["src", "src/x"]);
  });

  it("mount nothing for hidden files, keep their folder in place, and do not show a folder of nothing else", () => {
    const files = [
      "src/a.c",
      "src/x/b.c",
      "src/x/y/o.ref",
      "src/secret/o.ref",
      "lib/a.h",
      "lib/o.ref",
    ];
    const plan = planFor({ writable: ["src/"], hidden: ["src/**/*.ref", "lib/o.ref"] }, files);
    expect(drawn(plan)).toEqual(["rw 0 /workspace/src/", "ro 0 /workspace/lib/a.h"]);
    expect(plan.stickyFolders).toEqual(["src", "src/x"]);
  });

  it("leave a writable folder to the agent when nothing else lies in it, even an empty one", () => {
    const plan = planFor({ writable: ["gen/"] }, ["a.h"]);
    expect(drawn(plan)).toEqual(["rw 0 /workspace/gen/", "ro 0 /workspace/a.h"]);
    expect(plan.stickyFolders).toEqual([]);
  });

  it("never bind the workspace whole", () => {
    expect(drawn(planFor({ writable: ["w.c"] }, ["w.c", "a"]))).not.toContain("ro 0 /workspace/");
    const plan = planMounts(factsOf(policyOf({ writable: ["w/"] }), ["a", "b/c"]));
    expect(plan.protected.map((mount) => mount.path)).toEqual(["a", "b"]);
  });

  it("refuse a node without a file that is mounted by itself", () => {
    expect(() => planFor({ writable: ["w.c"] }, ["a"])).toThrow(
      new UserError("the writable file w.c is missing", {
        hint: "a file that access.writable names cannot be deleted; name its folder/ to allow that",
      }),
    );
  });

  it("are 4,000 at most, and the folder that takes the most is named", () => {
    const files = Array.from({ length: 3998 }, (_, n) => `many/${n}.h`);
    const rules = { writable: ["many/*.c"] };
    const count = (plan: MountPlan) => plan.writable.length + plan.protected.length;
    expect(count(planFor(rules, [...files, "x.h"]))).toBe(4000);
    expect(() => planFor(rules, [...files, "x.h", "y.h"])).toThrow(
      "protecting the workspace takes 4001 mounts, more than 4000: 3998 of them in many/",
    );
  });
});

describe("paths in the node's volume", () => {
  const plan = planFor({ writable: ["a.c", "src/"], readable: ["src/x.h"] }, [
    "a.c",
    "src/b.c",
    "src/x.h",
  ]);

  it("lead back to the workspace, and nowhere for what is under no source", () => {
    expect(sourceToPath(plan, "0")).toBe("a.c");
    expect(sourceToPath(plan, "1")).toBe("src");
    expect(sourceToPath(plan, "1/kernels/a.c")).toBe("src/kernels/a.c");
    expect(sourceToPath(plan, "0/x")).toBeNull();
    expect(sourceToPath(plan, "2")).toBeNull();
    expect(sourceToPath(plan, "01/x")).toBeNull();
    expect(sourceToPath(plan, "")).toBeNull();
  });

  it("are found for what is filled in, and for nothing outside", () => {
    expect(pathToSource(plan, "a.c")).toBe("0");
    expect(pathToSource(plan, "src")).toBe("1");
    expect(pathToSource(plan, "src/x.h")).toBe("1/x.h");
    expect(pathToSource(plan, "src2/x.h")).toBeNull();
    expect(pathToSource(plan, "a.c/x")).toBeNull();
  });

  it("work for a volume that is the whole workspace", () => {
    const whole = planFor({ writable: ["./"] }, ["a.c"]);
    expect(pathToSource(whole, "")).toBe("0");
    expect(pathToSource(whole, "x/a.c")).toBe("0/x/a.c");
    expect(sourceToPath(whole, "0")).toBe("");
    expect(sourceToPath(whole, "0/x/a.c")).toBe("x/a.c");
  });
});

describe("any plan", () => {
  const folders = ["", "a", "b", "c", "a/b", "a/c", "b/a", "a/b/c"];
  const inFolders = (names: readonly string[]) =>
    folders.flatMap((folder) => names.map((name) => (folder === "" ? name : `${folder}/${name}`)));
  const everyFile = inFolders(["x.c", "y.h", "z.c"]);
  const everyRule = [
    ...["./", "a/", "b/", "a/b/", "a/c/", "a/b/c/", "e/"],
    ...["*.c", "*.h", "**/*.c", "**/y.*", "a/*.c", "a/**/*.h", "a/b/*", "*/b/*.c", "a/?/x.c"],
  ];
  const world = fc
    .record({
      files: fc.subarray(everyFile),
      texts: fc.uniqueArray(fc.constantFrom(...everyRule, ...everyFile), {
        minLength: 1,
        maxLength: 7,
      }),
      lots: fc.array(fc.constantFrom("writable", "readable", "hidden"), {
        minLength: 7,
        maxLength: 7,
      }),
      fallback: fc.constantFrom("readable" as const, "hidden" as const),
      outputs: fc.subarray([...inFolders(["x.o"]), "c/obj", "a", "b/a"], { maxLength: 4 }),
    })
    .map(({ files, texts, lots, fallback, outputs }) => {
      const of = (lot: string) =>
        texts.filter(
          (text, index) =>
            lots[index] === lot &&
            // A missing writable file is refused before anything is planned.
            (lot !== "writable" || !everyFile.includes(text) || files.includes(text)),
        );
      const rules = { writable: of("writable"), readable: of("readable"), hidden: of("hidden") };
      try {
        return factsOf(compileAccess({ ...rules, default: fallback }), files, outputs);
      } catch (error) {
        if (error instanceof UserError) return null;
        throw error;
      }
    })
    .filter((facts) => facts !== null);
  const check = (property: (facts: MountFacts, plan: MountPlan) => void) =>
    fc.assert(
      fc.property(world, (facts) => property(facts, planMounts(facts))),
      { numRuns: 500 },
    );

  interface Mount {
    readonly path: string;
    readonly writable: boolean;
  }
  const coveringAll = (plan: MountPlan, path: string): Mount[] =>
    [
      ...plan.writable.map(({ target }) => ({ target, writable: true })),
      ...plan.protected.map(({ target }) => ({ target, writable: false })),
    ]
      .map(({ target, writable }) => ({
        path: target.replace(/^\/workspace\/?/, ""),
        writable,
      }))
      .filter((mount) => mount.path === path || isBelow(path, mount.path));
  /** The innermost mount decides; a later one wins over an earlier one, as mounting does. */
  const innermost = (plan: MountPlan, path: string): Mount | undefined =>
    coveringAll(plan, path).reduce<Mount | undefined>(
      (inner, mount) => (inner && isBelow(inner.path, mount.path) ? inner : mount),
      undefined,
    );
  const isVisible = (facts: MountFacts, folder: string) =>
    [...facts.protectedFiles, ...facts.writableFiles].some((file) => isBelow(file, folder)) ||
    facts.policy.rules.some(
      ({ access, kind, path }) =>
        access === "writable" && kind === "folder" && (path === folder || isBelow(path, folder)),
    );

  it("lets the agent change exactly the writable files: all else is read-only, or absent", () => {
    check((facts, plan) => {
      for (const file of facts.writableFiles) {
        expect([file, innermost(plan, file)?.writable]).toEqual([file, true]);
      }
      for (const file of facts.protectedFiles) {
        expect([file, innermost(plan, file)?.writable]).toEqual([file, false]);
      }
      for (const file of facts.hiddenFiles) {
        expect([file, coveringAll(plan, file).some((mount) => !mount.writable)]).toEqual([
          file,
          false,
        ]);
      }
    });
  });

  it("lets the agent add every file that the rules make writable", () => {
    check((facts, plan) => {
      for (const file of inFolders(["new.c", "y.hh", "n/x.c"])) {
        if (facts.policy.accessOf(file) !== "writable") continue;
        expect([file, innermost(plan, file)?.writable]).toEqual([file, true]);
      }
    });
  });

  it("keeps sources flat and apart, numbers them in order, and mounts outer before inner", () => {
    check((_, plan) => {
      const mounts = [plan.writable, plan.protected];
      for (const group of mounts) {
        expect(group.map(({ source }) => source)).toEqual(group.map((_, index) => String(index)));
        const targets = group.map(({ target }) => target);
        expect(targets).toEqual([...new Set(targets)].sort(comparePaths));
        for (const target of targets) {
          expect(targets.filter((other) => isBelow(other, target))).toEqual([]);
        }
      }
      for (const { path } of plan.protected) {
        expect(plan.writable.filter(({ entry }) => isBelow(entry.path, path))).toEqual([]);
      }
    });
  });

  it("covers every protected file once, by the highest folder that the build and the agent leave alone", () => {
    check((facts, plan) => {
      const mayBeWhole = (folder: string) =>
        !facts.policy.mayBeWritableBelow(folder) &&
        ![...facts.hiddenFiles, ...facts.buildOutputs].some(
          (path) => path === folder || isBelow(path, folder),
        );
      for (const file of facts.protectedFiles) {
        const highest = ancestorsOf(file).filter(mayBeWhole)[0];
        expect(plan.protected.filter(({ path }) => path === file || isBelow(file, path))).toEqual([
          expect.objectContaining({
            kind: highest === undefined ? "file" : "folder",
            path: highest ?? file,
          }),
        ]);
      }
      expect(
        plan.protected.filter(
          ({ path }) => !facts.protectedFiles.some((file) => file === path || isBelow(file, path)),
        ),
      ).toEqual([]);
    });
  });

  it("makes every folder sticky that the agent could rename something protected or hidden away with, and no other", () => {
    check((facts, plan) => {
      const needed = plan.writable.flatMap(({ entry }) =>
        [...plan.protected.map(({ path }) => path), ...facts.hiddenFiles]
          .filter((path) => isBelow(path, entry.path))
          .flatMap((path) => ["", ...ancestorsOf(path)])
          .filter((folder) => folder === entry.path || isBelow(folder, entry.path))
          .filter((folder) => folder === entry.path || isVisible(facts, folder)),
      );
      expect(plan.stickyFolders).toEqual([...new Set(needed)].sort(comparePaths));
    });
  });

  it("maps every writable path into the node's volume and back", () => {
    check((facts, plan) => {
      for (const file of facts.writableFiles) {
        const source = pathToSource(plan, file);
        expect([file, source === null ? null : sourceToPath(plan, source)]).toEqual([file, file]);
      }
    });
  });

  it("is the same whatever the order of its facts, and its protected part whatever the node changed", () => {
    check((facts, plan) => {
      const reversed = {
        ...facts,
        protectedFiles: facts.protectedFiles.toReversed(),
        hiddenFiles: facts.hiddenFiles.toReversed(),
      };
      expect(planMounts(reversed)).toEqual(plan);
      const singles = plan.writable.flatMap(({ entry }) =>
        entry.kind === "file" ? [entry.path] : [],
      );
      expect(planMounts({ ...facts, writableFiles: singles }).protected).toEqual(plan.protected);
    });
  });
});
