/** A line of a patch, for drawing. */
export interface DiffLine {
  readonly kind: "file" | "hunk" | "added" | "removed" | "same" | "about";
  readonly text: string;
  /** The parts of a line of code; `null` for other lines. Joined they are the text. */
  readonly parts: readonly CodePart[] | null;
}

interface CodePart {
  readonly word: "plain" | "comment" | "string" | "number" | "keyword";
  readonly text: string;
}

/** The lines of a patch as git writes it. The index lines are left out, as hashes mean nothing to a reader. */
export function diffLines(patch: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let isInHunk = false;
  for (const text of patch.replace(/\n$/, "").split("\n")) {
    if (text.startsWith("diff --git ")) isInHunk = false;
    if (text.startsWith("@@ ")) isInHunk = true;
    const kind = isInHunk ? kindInHunk(text) : kindInHead(text);
    if (kind === null) continue;
    const isCode = kind === "added" || kind === "removed" || kind === "same";
    lines.push({
      kind,
      text: kind === "file" ? fileName(text) : text,
      parts: isCode ? partsOf(text) : null,
    });
  }
  return lines;
}

/** The name without the words around it, where it is plain: git quotes names that are not. */
function fileName(text: string): string {
  return /^diff --git a\/(.+) b\/\1$/.exec(text)?.[1] ?? text;
}

function kindInHunk(text: string): DiffLine["kind"] {
  if (text.startsWith("@@ ")) return "hunk";
  if (text.startsWith("+")) return "added";
  if (text.startsWith("-")) return "removed";
  return text.startsWith("\\") ? "about" : "same";
}

function kindInHead(text: string): DiffLine["kind"] | null {
  if (text === "" || text.startsWith("index ")) return null;
  if (text.startsWith("--- ") || text.startsWith("+++ ")) return null;
  return text.startsWith("diff --git ") ? "file" : "about";
}

/** What most languages have in common. A line too long to be code stays plain. */
const CODE =
  /(?<comment>\/\/.*|(?<=^|\s)#(?!include|define|if|endif|else|pragma).*|\/\*.*?(?:\*\/|$)|(?<=^\s*)\*\s.*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|(?<number>\b(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b)|(?<keyword>\b(?:async|await|break|case|catch|class|const|continue|def|do|elif|else|enum|export|extern|fn|for|from|func|function|if|impl|import|in|inline|let|loop|match|mut|new|pub|register|return|static|struct|switch|template|throw|try|type|typedef|unsigned|use|using|var|void|while|with|yield)\b)/gi;
const LONGEST_CODE = 500;

function partsOf(text: string): CodePart[] {
  const sign: CodePart = { word: "plain", text: text.slice(0, 1) };
  const code = text.slice(1);
  if (code.length > LONGEST_CODE) return [sign, { word: "plain", text: code }];
  const parts: CodePart[] = [sign];
  let end = 0;
  const plainUntil = (at: number) => {
    if (at > end) parts.push({ word: "plain", text: code.slice(end, at) });
  };
  for (const { index, 0: found, groups } of code.matchAll(CODE)) {
    plainUntil(index);
    parts.push({ word: wordOf(groups ?? {}), text: found });
    end = index + found.length;
  }
  plainUntil(code.length);
  return parts;
}

function wordOf(groups: Readonly<Record<string, string | undefined>>): CodePart["word"] {
  if (groups.comment !== undefined) return "comment";
  if (groups.string !== undefined) return "string";
  return groups.number !== undefined ? "number" : "keyword";
}
