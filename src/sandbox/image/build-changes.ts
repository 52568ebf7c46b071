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
 * Something new in a folder that is neither writable nor the build's own. Code of an agent that runs in a build would replace what judges
 * it without touching it: `make` reads GNUmakefile before Makefile, Python takes a json.py beside the script for its own. A build may
 * make there what the baseline's made, and more objects where it made any.
 */
function strayOutput(outputs: readonly string[], rules: BuildRules): string | null {
  if (rules.baselineOutputs === null) return null;
  const made = new Set(outputs);
  const usual = new Set(rules.baselineOutputs.flatMap((path) => [path, likeIt(path)]));
  const stray = outputs.find(
    (path) =>
      !made.has(posix.dirname(path)) &&
      !usual.has(path) &&
      !usual.has(likeIt(path)) &&
      !rules.isWritable(path),
  );
  return stray ?? null;
}

/** By-products of compilers, which nothing looks for by a name of its own choice: not `.so`, `.py`, `.js`, `.class` or `.h`. */
const BY_PRODUCTS = new Set(
  ".bc .d .dep .dwo .gcda .gcno .i .ii .ll .lo .lst .map .o .obj .pdb .s .su".split(" "),
);

/** All by-products of its folder with its ending; anything else stands for itself. */
function likeIt(path: string): string {
  const ending = posix.extname(path);
  return BY_PRODUCTS.has(ending) ? `${posix.dirname(path)}/*${ending}` : path;
}

function violation(path: string, why: string): ChangesCheck {
  return { kind: "violation", reason: `${printable(path, 200)} ${why}` };
}
