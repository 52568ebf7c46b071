import { CST, type Document, isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { messageOf } from "../core/error.ts";
import { quotedLine, textsCutByComment } from "./unquoted-text.ts";

export type YamlText =
  | {
      readonly kind: "read";
      readonly value: unknown;
      readonly document: Document;
      readonly lines: LineCounter;
    }
  | { readonly kind: "broken"; readonly problems: readonly string[] };

interface Fault {
  readonly message: string;
  readonly offset: number;
  /** The line may be a text that lacks its quotes. */
  readonly mayBeText: boolean;
}

// A few anchors are a convenience. Thousands of expanded aliases are a way to fill the memory.
const MAX_ALIASES = 20;
const MAX_NESTING = 64;
const MAX_TOLD = 100;

/** Reads YAML 1.2 without tags of its own, with every key once. Problems come with line and column. */
export function readYaml(text: string): YamlText {
  const deepLine = lineTooDeep(text);
  if (deepLine !== null) {
    const problem = `line ${deepLine}: nested deeper than ${MAX_NESTING} levels`;
    return { kind: "broken", problems: [problem] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The library compares every key with every other: 30,000 keys took 18 s.
    uniqueKeys: false,
    stringKeys: true,
  });
  // A warning means an unknown tag or directive: the value would not be what was written.
  const faults = [...document.errors, ...document.warnings]
    .map(({ message, pos }): Fault => ({ message, offset: pos[0], mayBeText: true }))
    .concat(repeatedKeys(document), aliasesWithoutAnchor(document), cutTexts(document));
  if (faults.length > 0) {
    const problems = faults.slice(0, MAX_TOLD).map(({ message, offset, mayBeText }) => {
      const { line, col } = lines.linePos(offset);
      const quoted = mayBeText ? quotedLine(text, line) : null;
      const advice = quoted === null ? "" : `; if all of it is one text, write ${quoted}`;
      return `line ${line}, column ${col}: ${message}${advice}`;
    });
    return { kind: "broken", problems };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { kind: "read", value, document, lines };
  } catch (error) {
    const advice = "write the values out instead of using aliases";
    return { kind: "broken", problems: [`${messageOf(error)}; ${advice}`] };
  }
}

/**
 * The first line at which collections nest too deep, or `null`. The library descends by recursion: 10,000 brackets, and
 * node ends without a word. Each collection costs a bracket, a column of indentation, or an indicator such as `- `.
 */
function lineTooDeep(text: string): number | null {
  let line = 1;
  let indent = 0;
  // The columns and indicators left of here, without those of items before. For every open bracket, those left of it.
  let left = 0;
  const brackets: number[] = [];
  let previous = "\n";
  for (const token of new Lexer().lex(text)) {
    const type = previous === CST.SCALAR ? "scalar" : CST.tokenType(token);
    if (previous.endsWith("\n")) {
      indent = type === "space" ? token.length : 0;
      if (brackets.length === 0) left = indent;
    }
    switch (type) {
      case "flow-seq-start":
      case "flow-map-start":
        brackets.push(left);
        break;
      case "flow-seq-end":
      case "flow-map-end":
        left = brackets.pop() ?? left;
        break;
      case "comma":
        left = brackets.at(-1) ?? left;
        break;
      case "flow-error-end":
        brackets.length = 0;
        left = indent;
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
      case "map-value-ind":
        left++;
        break;
    }
    const opens = type?.startsWith("flow-") === true || type?.endsWith("-ind") === true;
    if (opens && left + brackets.length > MAX_NESTING) return line;
    line += token.split("\n").length - 1;
    previous = token;
  }
  return null;
}

function cutTexts(document: Document): Fault[] {
  return textsCutByComment(document).map(({ offset, comment }) => {
    return { offset, message: `from ${comment} on the text is a comment`, mayBeText: true };
  });
}

function repeatedKeys(document: Document): Fault[] {
  const found: Fault[] = [];
  visit(document, {
    Map(_key, { items }) {
      const known = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value)) {
          const offset = key.range?.[0] ?? 0;
          found.push({ message: "Map keys must be unique", offset, mayBeText: false });
        }
        known.add(key.value);
      }
    },
  });
  return found;
}

/** Most of these are globs that should stand in quotes. */
function aliasesWithoutAnchor(document: Document): Fault[] {
  const anchors = new Set<string>();
  const found: Fault[] = [];
  visit(document, {
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.add(node.anchor);
    },
    Alias(_key, { source, range }) {
      if (anchors.has(source)) return;
      const message = `"*${source}" is an alias without an anchor; put text that begins with * in quotes`;
      found.push({ message, offset: range?.[0] ?? 0, mayBeText: true });
    },
  });
  return found;
}
