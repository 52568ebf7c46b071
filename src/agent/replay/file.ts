import { z } from "zod";
import { readYaml } from "../../config/yaml-text.ts";
import { UserError } from "../../core/error.ts";
import { nodeIdSchema } from "../../core/tree/id.ts";
import type { FileChange } from "../change.ts";

/** One recorded node. */
export interface RecordedEdit {
  /** The place of its parent in the tree: the parent's id without the run's number. It is empty for the baseline. */
  readonly parent: string;
  readonly description: string;
  readonly hypothesis: string;
  readonly changes: readonly FileChange[];
  /** What to change after each failure of build or verify, in order. */
  readonly repairs: readonly (readonly FileChange[])[];
  /** `null` when the recording says nothing. */
  readonly analysis: string | null;
}

const SHAPE =
  'needs one of: "old" with "new" (replaces text that occurs once), "content" (the whole file), "delete: true"';

const changeSchema = z
  .strictObject({
    path: z.string().min(1),
    old: z.string().min(1).optional(),
    new: z.string().optional(),
    content: z.string().optional(),
    delete: z.literal(true).optional(),
  })
  .transform((raw, context): FileChange => {
    const { path, old: oldText, new: newText, content } = raw;
    const keys = Object.entries(raw).filter(
      ([key, value]) => key !== "path" && value !== undefined,
    );
    if (oldText !== undefined && newText !== undefined && keys.length === 2) {
      return { kind: "replace", path, old: oldText, new: newText };
    }
    if (content !== undefined && keys.length === 1) {
      return { kind: "write", path, content: Buffer.from(content, "utf8") };
    }
    if (raw.delete && keys.length === 1) return { kind: "delete", path };
    context.addIssue({ code: "custom", message: SHAPE });
    return z.NEVER;
  });

const changesSchema = z.array(changeSchema);

const editSchema = z
  .strictObject({
    // YAML reads 1.10 as 1.1, so a number would lose digits before anyone could look.
    parent: z
      .string({ error: 'must be a node id in quotes, such as "1.10"' })
      .pipe(nodeIdSchema)
      .transform(placeOf),
    description: z.string().min(1),
    hypothesis: z.string().default(""),
    changes: changesSchema,
    repairs: z.array(changesSchema).default([]),
    analysis: z.string().optional(),
  })
  .transform((edit): RecordedEdit => ({ ...edit, analysis: edit.analysis ?? null }));

const replaySchema = z.strictObject({
  version: z.literal(1, { error: "must be 1, the only version there is" }),
  edits: z.array(editSchema).superRefine((edits, context) => {
    const places = new Set(["", ...placesOf(edits)]);
    for (const [index, edit] of edits.entries()) {
      if (places.has(edit.parent)) continue;
      context.addIssue({
        code: "custom",
        path: [index, "parent"],
        message: "no edit in this file makes that node (the k-th edit with parent P makes P.k)",
      });
    }
  }),
});

/** An id without its run's number: `5.1.3` and `2.1.3` are the same place in two trees. */
function placeOf(id: string): string {
  return id.split(".").slice(1).join(".");
}

/** The place that each edit makes: the k-th edit with parent P makes P.k. */
export function placesOf(edits: readonly { readonly parent: string }[]): string[] {
  const counts = new Map<string, number>();
  return edits.map(({ parent }) => {
    const number = (counts.get(parent) ?? 0) + 1;
    counts.set(parent, number);
    return childPlace(parent, number);
  });
}

export function childPlace(parent: string, number: number): string {
  return parent === "" ? String(number) : `${parent}.${number}`;
}

/**
 * Reads a recording, YAML or JSON, format version 1. Messages call the file `name`. Throws one `UserError` that lists
 * every problem with its path in the file.
 */
export function parseReplay(text: string, name: string): readonly RecordedEdit[] {
  const yaml = readYaml(text);
  if (yaml.kind === "broken") throw unreadable(name, yaml.problems);
  const parsed = replaySchema.safeParse(yaml.value);
  if (parsed.success) return parsed.data.edits;
  throw unreadable(
    name,
    parsed.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join(".")}: ${message}`,
    ),
  );
}

function unreadable(name: string, problems: readonly string[]): UserError {
  return new UserError(`${name} is not a recording:\n  ${problems.join("\n  ")}`);
}
