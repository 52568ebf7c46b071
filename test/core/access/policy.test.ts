import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBelow } from "../../../src/core/access/path.ts";
import {
  type AccessPolicy,
  type AccessRules,
  checkAgainstFiles,
  compileAccess,
} from "../../../src/core/access/policy.ts";
import { parseRule } from "../../../src/core/access/rule.ts";
import { UserError } from "../../../src/core/error.ts";

const policyOf = (rules: Partial<AccessRules>): AccessPolicy =>
  compileAccess({ writable: ["w.c"], readable: [], hidden: [], default: "readable", ...rules });

/** Message and hint of the error, to be compared as one. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.hint}`;
    throw error;
  }
  return "nothing was refused";
}

describe("the access of a file", () => {
  it("is decided by the most specific rule: file, then longer literal path, then glob before folder", () => {
    const policy = policyOf({
      writable: ["src/", "src/lib/gen.c", "src/asm/*.s"],
      readable: ["src/lib/", "src/*.md"],
      hidden: ["src/oracle.c", "**/*.key", "src/lib/**/*.ref"],
    });
    const accessOf = (path: string) => policy.accessOf(path);
    expect(accessOf("src/a.c")).toBe("writable");
    expect(accessOf("src/deep/b.c")).toBe("writable");
    expect(accessOf("src/README.md")).toBe("readable");
    expect(accessOf("src/deep/README.md")).toBe("writable");
    expect(accessOf("src/oracle.c")).toBe("hidden");
    expect(accessOf("src/lib/x.c")).toBe("readable");
    expect(accessOf("src/lib/gen.c")).toBe("writable");
    expect(accessOf("src/lib/t/x.ref")).toBe("hidden");
    expect(accessOf("src/asm/a.s")).toBe("writable");
    expect(accessOf("src/id.key")).toBe("writable");
    expect(accessOf("etc/id.key")).toBe("hidden");
    expect(accessOf("Makefile")).toBe("readable");
  });

  it("falls back to the default", () => {
    expect(policyOf({ default: "hidden" }).accessOf("x")).toBe("hidden");
    expect(policyOf({ default: "readable" }).accessOf("x")).toBe("readable");
  });

  it("is never writable where a rule needs a folder: such a file would take the folder's place", () => {
    const policy = policyOf({
      writable: ["src/"],
      hidden: ["src/a/b/o.c"],
      readable: ["src/lib/*.h"],
    });
    expect(["src", "src/a", "src/a/b", "src/lib"].map(policy.accessOf)).toEqual(
      Array(4).fill("readable"),
    );
    expect(policy.accessOf("src/a/c")).toBe("writable");
  });

  it("agrees with a plain search for the most specific matching rule", () => {
    const text = fc.constantFrom(
      ...["./", "a/", "a/b/", "a/b/c/", "*.c", "**/*.h", "a/*.c", "a/**/*.c", "a/b/*", "a/b/?.h"],
      ...["x.c", "a/x.c", "a/b/x.c", "a/b/y.h"],
    );
    const lists = fc.uniqueArray(text, { minLength: 1, maxLength: 6 });
    const path = fc.constantFrom(
      ...["x.c", "y.h", "a/x.c", "a/y.h", "a/b/x.c", "a/b/y.h", "a/b/c/x.c", "a/b/c/y.h", "d/x.c"],
    );
    const rank = (rule: string) => {
      const literal = rule
        .split("/")
        .slice(0, -1)
        .filter((part) => !/[*.]/.test(part)).length;
      if (rule.endsWith("/")) return literal * 2;
      return /[*?]/.test(rule) ? literal * 2 + 1 : 100;
    };
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat(2)), path, (texts, lots, file) => {
        const dealt: { text: string; lot: number }[] = texts.map((each) => ({
          text: each,
          lot: lots.next().value ?? 0,
        }));
        const of = (lot: number) =>
          dealt.filter((each) => each.lot === lot).map((each) => each.text);
        const rules = {
          writable: of(0),
          readable: of(1),
          hidden: of(2),
          default: "hidden" as const,
        };
        let policy: AccessPolicy;
        try {
          policy = compileAccess(rules);
        } catch (error) {
          if (error instanceof UserError) return fc.pre(false);
          throw error;
        }
        const best = texts
          .filter((each) => parseRule(each, "hidden").some((rule) => rule.matches(file)))
          .sort((a, b) => rank(b) - rank(a))[0];
        const lot = dealt.find((each) => each.text === best)?.lot ?? 2;
        expect(policy.accessOf(file)).toBe(["writable", "readable", "hidden"][lot]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("rules", () => {
  it.each([
    ["./src/a.c", "file", "src/a.c"],
    ["src/", "folder", "src"],
    ["src/**", "folder", "src"],
    ["src/**/", "folder", "src"],
    ["src/**/**/*", "folder", "src"],
    ["./", "folder", ""],
    [".", "folder", ""],
    ["**", "folder", ""],
    ["*.c", "glob", ""],
    ["src/k*/x.c", "glob", "src"],
    ["src/*/", "glob", "src"],
    ["app/[id]/page.tsx", "file", "app/[id]/page.tsx"],
  ])("read %j as a %s at %j", (text, kind, path) => {
    expect(parseRule(text, "writable").map((rule) => [rule.kind, rule.path])).toEqual([
      [kind, path],
    ]);
  });

  it("write out braces, nested ones as well", () => {
    const paths = parseRule("{src,lib}/a{,.{c,h}}", "writable").map((rule) => rule.path);
    expect(paths).toEqual(["src/a", "src/a.c", "src/a.h", "lib/a", "lib/a.c", "lib/a.h"]);
  });

  it.each([
    ["", "is empty"],
    ["/etc/passwd", "is absolute"],
    ["/", "is absolute"],
    ["../x", "leaves its folder with .."],
    ["src/../../x/", "leaves its folder with .."],
    ["src//a.c", "has an empty part"],
    [".git/", "lies in .git or .loopty"],
    ["a\nb", "has a control character"],
    ["src/**.c", "has ** beside other characters"],
    ["src/{a.c", "has braces that do not pair up"],
    ["src/a}.c", "has braces that do not pair up"],
    ["src/{a}.c", "has braces that do not pair up"],
  ])("refuse %j, which %s", (text, reason) => {
    expect(refusal(() => policyOf({ hidden: [text] }))).toContain(
      `access.hidden: "${text}" ${reason} | `,
    );
  });

  it("must make something writable", () => {
    expect(refusal(() => policyOf({ writable: [] }))).toBe(
      "access.writable is empty, so the agent could change nothing | name the files, folders/ or globs that it may change",
    );
  });

  it.each([
    [
      ["src/a.c"],
      ["./src/a.c"],
      '"src/a.c" (writable) and "./src/a.c" (hidden) tie: both could match src/a.c',
    ],
    [["src/"], ["src/**"], '"src/" (writable) and "src/**" (hidden) tie: both could match src/x'],
    [
      ["src/*.c"],
      ["src/t_*"],
      '"src/*.c" (writable) and "src/t_*" (hidden) tie: both could match src/t_.c',
    ],
    [
      ["**/*.c"],
      ["*.{h,c}"],
      '"**/*.c" (writable) and "*.{h,c}" (hidden) tie: both could match .c',
    ],
    [["./"], ["."], '"./" (writable) and "." (hidden) tie: both could match x'],
  ])(
    "that tie are refused before any file makes them meet: %j and %j",
    (writable, hidden, message) => {
      expect(refusal(() => policyOf({ writable, hidden }))).toBe(
        `access: ${message} | the most specific rule wins: name single files or a deeper folder in one of them`,
      );
    },
  );

  it("may overlap where they agree, where one is more specific, and where they never meet", () => {
    policyOf({ writable: ["src/*.c", "src/t_*", "src/*.c"] });
    policyOf({ writable: ["src/*.c"], hidden: ["src/"] });
    policyOf({ writable: ["src/*.c"], hidden: ["src/*.h", "**/*.c"] });
  });

  it("may not take one name for a file and a folder", () => {
    expect(refusal(() => policyOf({ writable: ["src"], hidden: ["src/oracle.c"] }))).toBe(
      'access: "src" is a file for one rule and a folder for another | write "src/" for everything below the folder',
    );
    expect(refusal(() => policyOf({ writable: ["src"], hidden: ["src/"] }))).toContain(
      "folder for another",
    );
  });

  it("can be told again as they were written", () => {
    const rules = {
      writable: ["./src/", "*.c"],
      readable: [],
      hidden: ["o/"],
      default: "hidden",
    } as const;
    expect(compileAccess(rules).describe()).toEqual(rules);
  });
});

describe("the writable entries", () => {
  it("are merged, sorted and free of overlap, a glob counting as the folder of its literal prefix", () => {
    const policy = policyOf({
      writable: [
        "src/kernels/a.c",
        "z.c",
        "src/kernels/",
        "src/kernels/*.h",
        "lib/**/*.c",
        "lib2/a.c",
      ],
    });
    expect(policy.writableEntries).toEqual([
      { kind: "folder", path: "lib" },
      { kind: "file", path: "lib2/a.c" },
      { kind: "folder", path: "src/kernels" },
      { kind: "file", path: "z.c" },
    ]);
  });

  it("are the workspace alone when a glob begins there", () => {
    expect(policyOf({ writable: ["*.c", "src/", "a.h"] }).writableEntries).toEqual([
      { kind: "folder", path: "" },
    ]);
  });
});

describe("what may be writable below a folder", () => {
  const policy = policyOf({
    writable: ["*.c", "src/**/*.c", "lib/gen/x.c", "deep/", "deep/ro/new/"],
    readable: ["src/ro/", "deep/ro/"],
    hidden: ["src/ro/*.c"],
  });

  it.each([
    ["", true],
    ["src", true],
    ["src/any/where", true],
    ["src/ro", false],
    ["src/ro/x", false],
    ["lib", true],
    ["lib/gen", true],
    ["lib/other", false],
    ["include", false],
    ["deep/x", true],
    ["deep/ro", true],
    ["deep/ro/new", true],
    ["deep/ro/old", false],
  ])("%j: %j", (folder, expected) => {
    expect(policy.mayBeWritableBelow(folder)).toBe(expected);
  });

  it("is never missed", () => {
    const folders = ["", "a", "a/b", "a/b/c", "d"];
    const text = fc.constantFrom(
      ...["./", "a/", "a/b/", "a/b/c/", "*.c", "**/*.h", "a/*.c", "a/**/*.c", "a/b/*", "a/b/x.c"],
    );
    const list = fc.uniqueArray(text, { maxLength: 3 });
    fc.assert(
      fc.property(list, list, (writable, readable) => {
        let compiled: AccessPolicy;
        try {
          compiled = policyOf({ writable, readable });
        } catch (error) {
          if (error instanceof UserError) return fc.pre(false);
          throw error;
        }
        const files = folders.flatMap((folder) =>
          ["x.c", "y.h"].map((name) => (folder === "" ? name : `${folder}/${name}`)),
        );
        for (const folder of folders) {
          const writableBelow = files.filter(
            (file) => isBelow(file, folder) && compiled.accessOf(file) === "writable",
          );
          if (!compiled.mayBeWritableBelow(folder))
            expect([folder, writableBelow]).toEqual([folder, []]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("the rules against the files of the workspace", () => {
  const files = ["src/matmul.c", "src/kernels/a.c", "oracle/expected.txt", "Makefile"];
  const check = (rules: Partial<AccessRules>) =>
    checkAgainstFiles(policyOf({ writable: ["src/matmul.c"], ...rules }), files);

  it("give the writable folders to create empty, also inside of one another", () => {
    expect(check({ writable: ["gen/", "src/", "out/b/", "src/new/", "src/kernels/"] })).toEqual([
      "gen",
      "out/b",
      "src/new",
    ]);
    expect(check({ writable: ["src/*.c", "src/gen/"] })).toEqual(["src/gen"]);
    expect(
      check({ hidden: ["oracle/", "**/*.txt"], readable: ["node_modules/", "not.yet"] }),
    ).toEqual([]);
  });

  it.each([
    [
      { writable: ["src/matmull.c"] },
      '"src/matmull.c" is not in the workspace | did you mean src/matmul.c?',
    ],
    [
      { writable: ["src/kernels"] },
      '"src/kernels" is not in the workspace | src/kernels is a folder: write "src/kernels/"',
    ],
    [
      { writable: ["kernel/*.c"] },
      '"kernel/*.c" matches no file of the workspace | * stays in one folder',
    ],
    [
      { writable: ["src/kernel/*.c"] },
      '"src/kernel/*.c" matches no file of the workspace | did you mean src/kernels/?',
    ],
    [{ writable: ["src/{matmul,x}.c"] }, '"src/{matmul,x}.c" is not in the workspace'],
    [
      { hidden: ["orcale/"] },
      'access.hidden: "orcale/" matches no file of the workspace | did you mean oracle/?',
    ],
    [
      { hidden: ["oracle"] },
      'access.hidden: "oracle" is not in the workspace | oracle is a folder: write "oracle/"',
    ],
    [
      { hidden: ["*.txt"] },
      'access.hidden: "*.txt" matches no file of the workspace | * stays in one folder',
    ],
    [
      { writable: ["Makefile/"] },
      'access: "Makefile/" names a folder, but Makefile is a file | write "Makefile"',
    ],
  ])("are refused where something is missing: %j", (rules, message) => {
    expect(refusal(() => check(rules))).toContain(message);
  });

  it("need one match of a glob's alternatives, not one of each", () => {
    expect(check({ writable: ["src/*.{c,cpp}"], hidden: ["oracle/*.{txt,bin}"] })).toEqual([]);
    expect(refusal(() => check({ writable: ["src/*.{cc,cpp}"] }))).toContain("matches no file");
  });
});
