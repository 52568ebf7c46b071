import type { FileMode } from "../core/file.ts";
import { printable } from "../core/text/printable.ts";
import { shellQuote } from "../core/text/shell.ts";
import { decodeText, endsLinesWithCrlf, linesText, withCrlf } from "./file-text.ts";
import type { AgentSession, WriteOutcome } from "./session.ts";

/** One change of one file. `path` is relative to the workspace. The kernel decides whether it may be written. */
export type FileChange =
  /** `old` must occur exactly once. */
  | {
      readonly kind: "replace";
      readonly path: string;
      readonly old: string;
      readonly new: string;
    }
  | { readonly kind: "write"; readonly path: string; readonly content: Buffer }
  | { readonly kind: "mode"; readonly path: string; readonly mode: FileMode }
  | { readonly kind: "delete"; readonly path: string };

/** A `reason` names the path and is fit for a model. */
export type ChangeOutcome =
  | { readonly kind: "applied" }
  | { readonly kind: "failed"; readonly reason: string };

const MAX_LINES_NAMED = 10;
const CHMOD_TIMEOUT_MS = 10_000;

/**
 * Applies one change. A change that would change nothing has failed: whoever asked for it believes in another file.
 * Where every line of the file ends in CRLF, `\n` in `old` and `new` stands for that line end, so the file keeps its
 * line ends (YAML block text cannot hold another one). Nothing else about a match is lenient.
 */
export async function applyChange(
  session: AgentSession,
  change: FileChange,
): Promise<ChangeOutcome> {
  const current = await session.readFile(change.path);
  switch (change.kind) {
    case "delete":
      if (current === null) return failed(change.path, "there is no such file to delete");
      return outcomeOf(change.path, await session.deleteFile(change.path));
    case "write":
      if (current?.equals(change.content)) {
        return failed(change.path, "the file already has exactly this content");
      }
      return outcomeOf(change.path, await session.writeFile(change.path, change.content));
    case "mode":
      if (current === null) return failed(change.path, "there is no such file");
      return setMode(session, change);
    case "replace": {
      if (current === null) return failed(change.path, "there is no such file");
      const edited = replaceOnce(current, change.old, change.new);
      if (edited.kind === "failed") return failed(change.path, edited.reason);
      return outcomeOf(change.path, await session.writeFile(change.path, edited.content));
    }
  }
}

async function setMode(
  session: AgentSession,
  { path, mode }: Extract<FileChange, { kind: "mode" }>,
): Promise<ChangeOutcome> {
  const bits = mode === "100755" ? "a+x" : "a-x";
  const { exitCode, output } = await session.run(
    `chmod ${bits} -- ${shellQuote(path)}`,
    CHMOD_TIMEOUT_MS,
  );
  return exitCode === 0 ? { kind: "applied" } : failed(path, printable(output.trim(), 200));
}

/** Applies changes in order, up to the first that fails. Throws the signal's reason once it is aborted. */
export async function applyChanges(
  session: AgentSession,
  changes: readonly FileChange[],
  signal: AbortSignal,
): Promise<ChangeOutcome> {
  for (const change of changes) {
    signal.throwIfAborted();
    const outcome = await applyChange(session, change);
    if (outcome.kind === "failed") return outcome;
  }
  return { kind: "applied" };
}

type Replaced =
  | { readonly kind: "replaced"; readonly content: Buffer }
  | { readonly kind: "failed"; readonly reason: string };

function replaceOnce(content: Buffer, oldText: string, newText: string): Replaced {
  const text = decodeText(content);
  if (text === null) return { kind: "failed", reason: "the file is not UTF-8 text" };
  const crlf = endsLinesWithCrlf(text);
  const wanted = crlf ? withCrlf(oldText) : oldText;
  const replacement = crlf ? withCrlf(newText) : newText;
  if (wanted === "") return { kind: "failed", reason: "the old text is empty" };
  if (wanted === replacement) {
    return { kind: "failed", reason: "the old and the new text are the same" };
  }
  const [start, ...others] = occurrences(text, wanted);
  if (start === undefined) return { kind: "failed", reason: "the old text does not occur" };
  if (others.length > 0) {
    const lines = linesText(text, [start, ...others], MAX_LINES_NAMED);
    const reason = `the old text occurs ${others.length + 1} times, at lines ${lines}; it must occur once`;
    return { kind: "failed", reason };
  }
  const edited = text.slice(0, start) + replacement + text.slice(start + wanted.length);
  return { kind: "replaced", content: Buffer.from(edited, "utf8") };
}

/** Every offset, overlapping ones too: `aa` in `aaa` is as ambiguous as two separate matches. */
function occurrences(text: string, wanted: string): number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) offsets.push(at);
  return offsets;
}

function outcomeOf(path: string, outcome: WriteOutcome): ChangeOutcome {
  return outcome.kind === "written" ? { kind: "applied" } : failed(path, outcome.reason);
}

function failed(path: string, reason: string): ChangeOutcome {
  return { kind: "failed", reason: `${path}: ${reason}` };
}
