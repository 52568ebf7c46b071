import { type Document, LineCounter, parseDocument, visit } from "yaml";
import { messageOf } from "../core/error.ts";

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
}

// A few anchors are a convenience; thousands of expanded aliases are a way to fill the memory.
const MAX_ALIASES = 20;

/** Reads YAML 1.2 without tags of its own, with every key once. Problems are told with line and column. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: true,
  });
  // A warning is an unknown tag or directive: the value would not be what was written.
  const faults = [...document.errors, ...document.warnings]
    .map(({ message, pos }): Fault => ({ message, offset: pos[0] }))
    .concat(aliasesWithoutAnchor(document));
  if (faults.length > 0) {
    const problems = faults.map(({ message, offset }) => {
      const { line, col } = lines.linePos(offset);
      return `line ${line}, column ${col}: ${message}`;
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

/** Most of them are globs that should stand in quotes. */
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
      found.push({ message, offset: range?.[0] ?? 0 });
    },
  });
  return found;
}
