import { posix } from "node:path";
import { z } from "zod";
import { EngineError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { WORKSPACE } from "../sandbox.ts";

const changeSchema = z.object({
  Path: z.string(),
  Kind: z.union([z.literal(0), z.literal(1), z.literal(2)]),
});

/** One entry of the engine's list of a container's changes (`GET /containers/{id}/changes`). Kind: 0 changed, 1 added, 2 deleted. */
export type Change = Readonly<z.infer<typeof changeSchema>>;

/** What the engine answered. Throws `EngineError` for anything but a list. */
export function readChanges(answer: unknown): readonly Change[] {
  // No change at all is `null`, which dockerode hands on as the bytes of the word.
  if (answer === null || (Buffer.isBuffer(answer) && answer.toString().trim() === "null"))
    return [];
  const list = z.array(changeSchema).safeParse(answer);
  if (list.success) return list.data;
  throw new EngineError("the engine's list of a container's changes cannot be read");
}

export interface BuildRules {
  readonly sources: ReadonlySet<string>;
  readonly isHidden: (path: string) => boolean;
  readonly isWritable: (path: string) => boolean;
  readonly hiddenFiles: readonly string[];
  readonly metricsFile: string | null;
  /** What the baseline's build made; `null` for the baseline, which is the user's own. */
  readonly baselineOutputs: readonly string[] | null;
}

export type ChangesCheck =
  | { readonly kind: "fine"; readonly outputs: readonly string[] }
  | { readonly kind: "violation"; readonly reason: string };

/**
 * Whether a build's container may become an image. A name `.wh.x` would turn into a deletion of `x` there: layers spell
 * deletions like that. A source that changed, a file at a hidden path or a metrics file made early would be measured.
 */
export function checkBuildChanges(changes: readonly Change[], rules: BuildRules): ChangesCheck {
  const outputs: string[] = [];
  for (const { Path: absolute, Kind: kind } of changes) {
    if (absolute.split("/").some((part) => part.startsWith(".wh."))) {
      return violation(absolute, "would delete files of the image");
    }
    // The engine's JSON replaces bytes that are no UTF-8: two names could look like one.
    if (absolute.includes("\uFFFD")) return violation(absolute, "is not valid UTF-8");
    if (!absolute.startsWith(`${WORKSPACE}/`)) continue;
    const path = absolute.slice(WORKSPACE.length + 1);
    if (rules.sources.has(path)) return violation(path, "is a source and was changed by the build");
    if (kind === 0) continue;
    if (kind === 2) return violation(path, "was deleted by the build");
    if (rules.isHidden(path)) return violation(path, "is hidden and was made by the build");
    if (path === rules.metricsFile) {
      return violation(path, "is the metrics file and was made by the build");
    }
    outputs.push(path);
  }
  const stray = strayOutput(outputs, rules);
  return stray === null
    ? { kind: "fine", outputs }
    : violation(stray, "was made by the build, and the baseline's makes nothing like it there");
}

/**
 * Something new that could stand in for what judges. Code of an agent that runs in a build would replace it without touching it: `make` reads
 * GNUmakefile before Makefile, takes a newer `check.o` for what it would compile of `check.c`, and Python takes a json.py beside the
 * script for its own. In a folder that is neither writable nor the build's own, a build may make what the baseline's made there, and
 * objects of the node's own sources. In the build's own folders it may make anything but objects of a source that is not the node's.
 */
function strayOutput(outputs: readonly string[], rules: BuildRules): string | null {
  if (rules.baselineOutputs === null) return null;
  const usual = new Set(rules.baselineOutputs);
  const unusual = outputs.filter((path) => !usual.has(path) && !rules.isWritable(path));
  // Most builds make what the baseline's made. A large workspace has many sources to look at.
  if (unusual.length === 0) return null;
  const made = new Set(outputs);
  const filled = new Set(outputs.map((path) => posix.dirname(path)));
  const sources = [...rules.sources];
  const own = new Set(sources.filter(rules.isWritable).flatMap(objectsOf));
  const others = new Set(
    [...sources.filter((path) => !rules.isWritable(path)), ...rules.hiddenFiles].flatMap(objectsOf),
  );
  const stray = unusual.find((path) => {
    const names = stemsOf(path);
    const isOfOthers = names.some((name) => others.has(name));
    const ending = posix.extname(path);
    if (made.has(posix.dirname(path)))
      return isOfOthers && STANDING_IN.has(ending) && !filled.has(path);
    return !OBJECTS.has(ending) || isOfOthers || !names.some((name) => own.has(name));
  });
  return stray ?? null;
}

/** What is compiled to a file with another ending, or run by its name without one. Headers and data are not. */
const COMPILED = new Set(
  (
    ".c .cc .cp .cpp .cxx .c++ .cu .m .mm .s .sx .asm .f .for .f77 .f90 .f95 .f03 .f08 .rs .go .d .zig .nim .pas " +
    ".adb .ml .hs .java .kt .swift .vala .y .yy .l .ll .lex .py .pyx .sh .pl .rb .js .mjs .cjs .ts .lua"
  ).split(" "),
);

/** By-products of compilers, which nothing looks for by a name of its own choice: not `.so`, `.py`, `.js`, `.class` or `.h`. */
const OBJECTS = new Set(
  ".bc .dwo .gcda .gcno .i .ii .ll .lo .lst .map .o .obj .pdb .s .su".split(" "),
);
/** What is taken for an up-to-date product of a source, or read as a makefile; "": programs. */
const STANDING_IN = new Set([...OBJECTS, "", ".d", ".dep", ".pyc"]);

function objectsOf(source: string): string[] {
  return COMPILED.has(posix.extname(source).toLowerCase()) ? stemsOf(source) : [];
}

/** `k` and `k.tab` of `src/k.tab.c`, and the same of `k.tab.o`: what a source and its objects have in common. */
function stemsOf(path: string): string[] {
  const parts = posix.basename(path).replace(/^\.+/, "").split(".");
  return parts.length === 1 ? parts : parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
}

function violation(path: string, why: string): ChangesCheck {
  return { kind: "violation", reason: `${printable(path, 200)} ${why}` };
}
