import picomatch from "picomatch";

/**
 * A glob as the parts between its slashes. `*` and `?` stay within a part. The part `**` stands for any number of
 * folders. Everything else is literal. The language is so small that one can decide whether two globs match a common
 * path.
 */
export type Glob = readonly string[];

const FOLDERS = "**";

export function isWild(part: string): boolean {
  return /[*?]/.test(part);
}

export function matcherOf(glob: Glob): (path: string) => boolean {
  const pattern = glob.map((part) => part.replace(/[^\w*?.\u0080-\uffff-]/g, "\\$&")).join("/");
  const matches = picomatch(pattern, { dot: true, nonegate: true });
  // A second argument, as `some` passes, makes the matcher's answer an object, which is always true.
  return (path) => matches(path);
}

/** A path that both globs match, as an example to show; `null` when there is none. */
export function overlapOf(a: Glob, b: Glob): string | null {
  return (
    overlap(a, b, { many: FOLDERS, meet: partOverlap, example: exampleOfPart })?.join("/") ?? null
  );
}

function partOverlap(a: string, b: string): string | null {
  const meet = (x: string, y: string) => (x === "?" ? exampleOfCharacter(y) : meetLiteral(x, y));
  const found = overlap(a.split(""), b.split(""), { many: "*", meet, example: exampleOfCharacter });
  if (found === null) return null;
  return found.length === 0 ? "x" : found.join("");
}

function meetLiteral(x: string, y: string): string | null {
  return y === "?" || x === y ? x : null;
}

function exampleOfCharacter(character: string): string {
  return character === "?" ? "x" : character;
}

function exampleOfPart(part: string): string {
  return part.replaceAll("*", "").replaceAll("?", "x") || "x";
}

interface Alphabet {
  /** The token that stands for any number of others. */
  readonly many: string;
  /** What two single tokens both match. */
  meet(x: string, y: string): string | null;
  /** What one single token matches. */
  example(token: string): string;
}

/** Walks both sequences at once, as a product of two automata. Pairs that led nowhere are not tried again. */
function overlap(
  a: readonly string[],
  b: readonly string[],
  { many, meet, example }: Alphabet,
): string[] | null {
  const deadEnds = new Set<number>();
  const walk = (i: number, j: number): string[] | null => {
    const key = i * (b.length + 1) + j;
    if (deadEnds.has(key)) return null;
    const found = step(i, j);
    if (found === null) deadEnds.add(key);
    return found;
  };
  const step = (i: number, j: number): string[] | null => {
    const [x, y] = [a[i], b[j]];
    if (x === undefined && y === undefined) return [];
    if (x === many) return walk(i + 1, j) ?? (y === undefined ? null : after(y, walk(i, j + 1)));
    if (y === many) return walk(i, j + 1) ?? (x === undefined ? null : after(x, walk(i + 1, j)));
    if (x === undefined || y === undefined) return null;
    const met = meet(x, y);
    const rest = met === null ? null : walk(i + 1, j + 1);
    return met === null || rest === null ? null : [met, ...rest];
  };
  const after = (token: string, rest: string[] | null): string[] | null => {
    if (rest === null || token === many) return rest;
    return [example(token), ...rest];
  };
  return walk(0, 0);
}
