import { type Document, isScalar, visit } from "yaml";

/** Keys whose values are sentences and commands: in these `#12` is meant, and no comment. */
const FREE_TEXT = new Set(["statement", "build", "verify", "benchmark", "setup"]);
const KEY_AND_TEXT = /^(\s*(?:- )?[\w.-]+):[ \t]+(\S.*?)\s*$/;
/** What begins like this is no text that somebody forgot to quote. */
const NO_PLAIN_TEXT = /^["'|>&{[]/;
const MOST_CHARACTERS = 200;

/**
 * The line as it reads with its text in quotes: `statement: "Make it fast: now"`. `null` where it has no key with a plain text, or is
 * longer than anybody would want to see again.
 */
export function quotedLine(yaml: string, line: number): string | null {
  const text = yaml.split("\n")[line - 1]?.replace(/\r$/, "") ?? "";
  const [, key, value] = KEY_AND_TEXT.exec(text) ?? [];
  if (key === undefined || value === undefined || NO_PLAIN_TEXT.test(value)) return null;
  if (text.length > MOST_CHARACTERS) return null;
  return `${key.trim()}: ${JSON.stringify(value)}`;
}

/** Offsets of texts that YAML cuts off at a `#` which is followed by a word: `Fix #12` reads as `Fix`. */
export function textsCutByComment(
  document: Document,
): { readonly offset: number; readonly comment: string }[] {
  const found: { readonly offset: number; readonly comment: string }[] = [];
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || value.type !== "PLAIN") return;
      const { comment, range } = value;
      if (!FREE_TEXT.has(String(key.value)) || !comment || /^[\s!#]/.test(comment)) return;
      const [word = ""] = comment.split(/\s/, 1);
      found.push({ offset: range?.[0] ?? 0, comment: `#${word}` });
    },
  });
  return found;
}
