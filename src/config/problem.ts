import { type Document, isCollection, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { z } from "zod";
import { nearestName } from "../core/text/nearest.ts";
import { configSections, keysUnder } from "./key.ts";

type Path = readonly PropertyKey[];

/** What is wrong with loopty.yaml, one line each: where, which key, what, and what to write instead. */
export function configProblems(
  error: z.ZodError,
  document: Document,
  lines: LineCounter,
): readonly string[] {
  return error.issues
    .flatMap((issue) => problemsOf(issue, document))
    .map(({ path, text }) => ({ offset: offsetOf(document, path), text }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, text }) => `line ${lines.linePos(offset).line}: ${text}`);
}

interface Problem {
  readonly path: Path;
  readonly text: string;
}

function problemsOf(issue: z.core.$ZodIssue, document: Document): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      text: unknownKey(issue.path, key, document),
    }));
  }
  const name = nameOf(issue.path) || "the file";
  // A message of our own may know more about what is missing, such as "or name a statement_file".
  const missing = issue.path.length > 0 && !document.hasIn(issue.path);
  if (missing) {
    return [
      {
        path: issue.path,
        text: `${name} ${issue.code === "custom" ? issue.message : "is missing"}`,
      },
    ];
  }
  return [{ path: issue.path, text: `${name}: ${wordingOf(issue)}` }];
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a section with keys",
  record: "a section with keys",
  array: "a list",
  string: "text",
  boolean: "true or false",
  number: "a number",
};

function wordingOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type")
    return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === "invalid_value")
    return `must be one of ${issue.values.map(String).join(", ")}`;
  if (issue.code === "invalid_union" && "options" in issue) {
    return `must be one of ${issue.options.map(String).join(", ")}`;
  }
  return issue.message;
}

function unknownKey(path: Path, key: string, document: Document): string {
  const own = schemaPath([...path, key]);
  const known = keysUnder(schemaPath(path), document.getIn([...path, "kind"]));
  const name = `unknown key ${nameOf([...path, key])}`;
  const near = nearestName(key, known);
  if (near !== null) return `${name}; did you mean ${near}?`;

  const namesakes = configSections().flatMap(({ kind, keys }) =>
    keys.filter((each) => `.${each.path}`.endsWith(`.${key}`)).map((each) => ({ ...each, kind })),
  );
  const kinds = namesakes.filter((each) => each.path === own).map(({ kind }) => kind);
  if (kinds.length > 0)
    return `${name}; it belongs to kind ${kinds.join(", ").replace(/, (?=[^,]*$)/, " and ")}`;
  const [elsewhere] = namesakes;
  if (elsewhere !== undefined) return `${name}; did you mean ${elsewhere.path}?`;
  return `${name}; known here: ${known.join(", ")}`;
}

function schemaPath(path: Path): string {
  return nameOf(path).replaceAll(/\[\d+\]/g, "[]");
}

/** `agent.parameters[0].name` */
function nameOf(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** Where the key stands in the text, or the nearest one above it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const node = keyNode(parent, path[length - 1]);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyNode(parent: unknown, key: PropertyKey | undefined): unknown {
  if (isMap(parent)) {
    return parent.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key;
  }
  return isCollection(parent) ? parent.get(key, true) : undefined;
}
