import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Git } from "./git.ts";

/** What git does to a file's bytes between the working tree and a commit, as far as attributes say. */
export interface Conversion {
  /** The attribute that sends bytes through a program or an encoding, which loopty does not run; `null` for none. */
  readonly rewrittenBy: string | null;
  /** `always`, or where the content is `text`, line ends become a lone line feed. `unsaid`: no attribute says anything. */
  readonly lineEnds: "always" | "text" | "never" | "unsaid";
}

const REWRITING = ["filter", "working-tree-encoding", "ident"];
const ASKED = [...REWRITING, "text", "eol", "crlf"];

/**
 * The conversions of paths of a repository, by the `.gitattributes` of a commit and by those in the working tree. What
 * either rewrites counts as rewritten. No program runs.
 */
export async function conversionsOf(
  git: Git,
  { commit, top, paths }: { commit: string; top: string; paths: readonly string[] },
): Promise<Map<string, Conversion>> {
  const input = paths.map((path) => `${path}\0`).join("");
  const scratch = await mkdtemp(join(tmpdir(), "loopty-index-"));
  try {
    const indexFile = join(scratch, "index");
    await git(["read-tree", commit], { indexFile });
    const ask = ["check-attr", "-z", "--stdin"];
    const committed = await git([...ask, "--cached", ...ASKED], { input, indexFile });
    const standing = await git(["-C", top, "--work-tree", top, ...ask, ...REWRITING], {
      input,
      indexFile,
    });
    const attributes = readAttributes(Buffer.concat([standing, committed]));
    return new Map(paths.map((path) => [path, conversionOf(attributes.get(path) ?? [])]));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Attribute = readonly [name: string, value: string];

/** `<path>\0<attribute>\0<value>\0` for each. */
function readAttributes(listing: Buffer): Map<string, Attribute[]> {
  const attributes = new Map<string, Attribute[]>();
  const fields = listing.toString("utf8").split("\0").slice(0, -1);
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [path = "", name = "", value = ""] = fields.slice(i, i + 3);
    attributes.set(path, [...(attributes.get(path) ?? []), [name, value]]);
  }
  return attributes;
}

function conversionOf(attributes: readonly Attribute[]): Conversion {
  const values = new Map(attributes);
  const rewriting = attributes.find(
    ([name, value]) => REWRITING.includes(name) && value !== "unspecified" && value !== "unset",
  );
  return {
    rewrittenBy: rewriting === undefined ? null : rewriting.join("="),
    lineEnds: lineEndsOf(values),
  };
}

/** As gitattributes(5) has it: `crlf` is the old name of `text`, and `eol` alone means text. */
function lineEndsOf(values: ReadonlyMap<string, string>): Conversion["lineEnds"] {
  const said = (name: string) => {
    const value = values.get(name);
    return value === undefined || value === "unspecified" ? null : value;
  };
  const text = said("text") ?? said("crlf");
  if (text === "unset") return "never";
  if (text === "auto") return "text";
  return text !== null || said("eol") !== null ? "always" : "unsaid";
}
