import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../core/error.ts";
import type { Project } from "../store/project.ts";
import { EVENTS_FILE, ignoreMissing } from "../store/stored-run.ts";

/** A place in the events of a run: those before it were seen. */
export interface EventCursor {
  /** 0 before there is a run. */
  readonly run: number;
  /** In bytes of the run's events.jsonl. */
  readonly offset: number;
}

const PATTERN = /^(0|[1-9]\d{0,8}):(0|[1-9]\d{0,14})$/;

export function formatCursor({ run, offset }: EventCursor): string {
  return `${run}:${offset}`;
}

/** Throws `UserError` for a text that `formatCursor` did not write. */
export function parseCursor(text: string): EventCursor {
  const [, run, offset] = PATTERN.exec(text) ?? [];
  if (run !== undefined && offset !== undefined) {
    return { run: Number(run), offset: Number(offset) };
  }
  throw new UserError("since is no cursor", {
    hint: "pass on what try or wait answered as cursor",
  });
}

export function eventsFile(project: Project, run: number): string {
  return join(project.folder, "runs", String(run), EVENTS_FILE);
}

/** The place after all that has happened so far. */
export async function endOfEvents(project: Project, run: number): Promise<EventCursor> {
  const found = await stat(eventsFile(project, run)).catch(ignoreMissing);
  return { run, offset: found?.size ?? 0 };
}
