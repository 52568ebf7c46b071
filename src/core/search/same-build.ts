import { extname } from "node:path";
import type { WorkspaceFile } from "../file.ts";
import type { ExperimentNode } from "../tree/node.ts";
import { isMeasured } from "../tree/verdict.ts";

/** Texts that nothing reads once they are compiled. Of any other file, the program may depend at run time. */
const COMPILED = new Set(
  ".c .cc .cpp .cxx .h .hh .hpp .hxx .inc .s .S .asm .f .f90 .rs .go .zig .d .swift .hs .nim".split(
    " ",
  ),
);

/**
 * The first measured node whose build made the same; `null` where there is none, or nothing is known of this build. Where
 * every build so far made the same, a benchmark may well compile for itself, and nothing is concluded.
 */
export function sameBuild(
  node: Pick<ExperimentNode, "id" | "outputDigest">,
  nodes: readonly ExperimentNode[],
): ExperimentNode | null {
  const { id, outputDigest } = node;
  if (outputDigest === null) return null;
  const measured = nodes.filter(
    (other) =>
      other.id !== id &&
      other.phase === "finished" &&
      (other.parent === null ? other.verdict === null : isMeasured(other.verdict)),
  );
  if (measured.every((other) => other.outputDigest === outputDigest)) return null;
  return measured.find((other) => other.outputDigest === outputDigest) ?? null;
}

/** Whether two nodes with the same build are the same program: they differ in compiled files alone. */
export function differInCompiledAlone(
  a: readonly WorkspaceFile[],
  b: readonly WorkspaceFile[],
): boolean {
  const others = new Map(b.map((file) => [file.path, file]));
  const paths = new Set([...a, ...b].map(({ path }) => path));
  const own = new Map(a.map((file) => [file.path, file]));
  return [...paths].every((path) => {
    const [one, other] = [own.get(path), others.get(path)];
    const isSame = one !== undefined && other !== undefined && one.content.equals(other.content);
    return isSame || COMPILED.has(extname(path));
  });
}
