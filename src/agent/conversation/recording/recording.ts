import { z } from "zod";
import type { TokenLease } from "../../../core/budget/lease.ts";
import { UserError } from "../../../core/error.ts";
import { parseJson, type ReadLines } from "../../../core/text/json.ts";
import { type NodeId, runOf } from "../../../core/tree/id.ts";
import type { RunTranscripts } from "../../host.ts";
import { NO_ROOM } from "../prompt.ts";
import { Cassette } from "./cassette.ts";
import { type JournalEntry, journalEntrySchema } from "./journal.ts";
import { recordedLease } from "./recorded-lease.ts";

const VERSION = 1;
const headSchema = z.strictObject({
  recording: z.literal(VERSION, { error: "must be 1, the only version there is" }),
  /** Where it comes from, in words. */
  about: z.string(),
});
const lineSchema = z.strictObject({
  place: z.string().regex(/^[1-9]\d*(\.[1-9]\d*)*$/),
  entry: journalEntrySchema,
});

/** The transcripts of a run by the nodes' places: ids without the run's number, so that any run can play them. */
export type Transcripts = ReadonlyMap<string, readonly JournalEntry[]>;

/** A node's recorded answers, and a lease that allows as many requests as there were then. */
export interface RecordedNode {
  /** Which of the run's models worked on it. */
  readonly model: string;
  readonly cassette: Cassette;
  readonly lease: TokenLease;
}

/** A recorded run of a model, to be played again. */
export class Recording {
  /** The first that was asked comes first. */
  readonly models: readonly [string, ...string[]];
  readonly #source: string;
  readonly #transcripts: Transcripts;

  /** Messages name the recording by `source`. Throws `UserError` where nothing was recorded. */
  constructor(transcripts: Transcripts, source: string) {
    const [first, ...others] = new Set([...transcripts.values()].flatMap(modelsIn));
    if (first === undefined) {
      throw new UserError(`agent.from: ${source} holds no conversation`, {
        hint: "only a run of a Claude agent, or of one that was recorded, can be played again",
      });
    }
    this.models = [first, ...others];
    this.#source = source;
    this.#transcripts = transcripts;
  }

  /** Returns `null` when nothing was recorded there, nor for a later child of the same parent. */
  nodeAt(id: NodeId): RecordedNode | null {
    const place = placeOf(id);
    const entries = this.#transcripts.get(place);
    if (entries === undefined && !this.#hasLaterSibling(place)) return null;
    const end = endOf(entries ?? []);
    const cassette = new Cassette(entries ?? [], {
      source: `${this.#source}, node ${place}`,
      // Ids and measurements differ from run to run.
      numbers: "any",
      ...(end.kind === "broken_off" ? { brokenOff: end.reason } : {}),
    });
    const isSpent = () => end.kind === "no_budget" && cassette.isPlayed;
    const [model = this.models[0]] = modelsIn(entries ?? []);
    return { model, cassette, lease: recordedLease(isSpent) };
  }

  /** A node without a transcript ended before its first request. The next ones have their places all the same. */
  #hasLaterSibling(place: string): boolean {
    const [parent, number] = split(place);
    return [...this.#transcripts.keys()].some((other) => {
      const [otherParent, otherNumber] = split(other);
      return otherParent === parent && otherNumber > number;
    });
  }
}

/** Reads a recorded run. Throws `UserError` that names the line. */
export function parseRecording(text: string, source: string): Recording {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  read(headSchema, head, source, 1);
  const transcripts = new Map<string, JournalEntry[]>();
  for (const [index, line] of lines.entries()) {
    const { place, entry } = read(lineSchema, line, source, index + 2);
    const known = transcripts.get(place);
    if (known === undefined) transcripts.set(place, [entry]);
    else known.push(entry);
  }
  return new Recording(transcripts, source);
}

/** A recorded run as a file: a line that says what it is, then one line an entry. */
export function formatRecording(transcripts: Transcripts, about: string): string {
  const lines = [...transcripts].flatMap(([place, entries]) =>
    entries.map((entry) => ({ place, entry })),
  );
  return [{ recording: VERSION, about }, ...lines]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
}

/** The entries of a node's `transcript.jsonl`. A line that a kill cut short counts as nothing. */
export function entriesIn(transcript: string): ReadLines<JournalEntry> {
  const lines = linesIn(transcript);
  const entries = lines.flatMap((line) => (line.kind === "entry" ? [line.entry] : []));
  return { entries, lostLines: lines.length - entries.length };
}

/** A whole line of a `transcript.jsonl`. */
export type JournalLine =
  | { readonly kind: "entry"; readonly entry: JournalEntry }
  /** Another version wrote it, or a crash or a hand damaged it. `number` counts from 1. */
  | { readonly kind: "unreadable"; readonly number: number };

export function linesIn(transcript: string): JournalLine[] {
  const lines = transcript.split("\n");
  return lines.flatMap((line, index): JournalLine[] => {
    const entry = journalEntrySchema.safeParse(parseJson(line));
    if (entry.success) return [{ kind: "entry", entry: entry.data }];
    // What stands after the last line feed was cut short.
    const isWhole = index < lines.length - 1 && line !== "";
    return isWhole ? [{ kind: "unreadable", number: index + 1 }] : [];
  });
}

/** What every node of a run asked and was answered, in the order of the tree's growth. Throws `UserError` where a line is damaged. */
export async function transcriptsOf(run: RunTranscripts): Promise<Transcripts> {
  const transcripts = new Map<string, readonly JournalEntry[]>();
  for (const { id } of run.nodes) {
    const transcript = await run.readNodeFile(id, "transcript.jsonl");
    if (transcript === null) continue;
    const lines = linesIn(transcript.toString("utf8"));
    const unreadable = lines.find((line) => line.kind === "unreadable");
    if (unreadable !== undefined) {
      throw new UserError(`line ${unreadable.number} of ${id}'s transcript.jsonl cannot be read`, {
        hint: "another version of loopty may have written it, or the file is damaged",
      });
    }
    transcripts.set(
      placeOf(id),
      lines.flatMap((line) => (line.kind === "entry" ? [line.entry] : [])),
    );
  }
  return transcripts;
}

/** `5.1.3` and `2.1.3` are the same place in two trees. */
export function placeOf(id: NodeId): string {
  return id.slice(`${runOf(id)}.`.length);
}

type End =
  | { readonly kind: "finished" | "no_budget" }
  | { readonly kind: "broken_off"; readonly reason: string };

function modelsIn(entries: readonly JournalEntry[]): string[] {
  return entries.flatMap((entry) => (entry.type === "opened" ? [entry.model] : []));
}

/** How a recorded conversation came to its end. */
function endOf(entries: readonly JournalEntry[]): End {
  const answered = new Set(
    entries.flatMap((entry) => (entry.type === "response" ? [entry.number] : [])),
  );
  const requests = entries.filter((entry) => entry.type === "request");
  const lastRequest = requests.at(-1);
  const outcomes = entries.filter((entry) => entry.type === "outcome");
  const last = outcomes.at(-1);
  const unasked = last?.step === "analyse" && lastRequest?.step !== "analyse";
  if (unasked || outcomes.some(({ text }) => text === NO_ROOM)) return { kind: "no_budget" };

  const isAnswered = lastRequest !== undefined && answered.has(lastRequest.number);
  const isOver = last !== undefined && last.kind !== "failed" && last.kind !== "proposed";
  if (isAnswered && isOver) return { kind: "finished" };
  // A proposal is the end where nothing was measured, and where loopty was killed meanwhile. Then nobody was asked again.
  const why = last?.kind === "failed" ? last.text : "nothing was asked any more";
  return { kind: "broken_off", reason: `the recording breaks off here: ${why}` };
}

function split(place: string): readonly [string, number] {
  const end = place.lastIndexOf(".");
  return [place.slice(0, Math.max(0, end)), Number(place.slice(end + 1))];
}

function read<T>(schema: z.ZodType<T>, line: string, source: string, number: number): T {
  const parsed = schema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw new UserError(`${source}, line ${number}: ${z.prettifyError(parsed.error)}`, {
    hint: "`loopty export RUN --recording FILE` writes such a file",
  });
}
