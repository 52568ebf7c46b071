import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent } from "../core/events/event.ts";
import type { NodeId } from "../core/tree/id.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { EventTail } from "../store/event-tail.ts";
import type { Project } from "../store/project.ts";
import { EVENTS_FILE, ignoreMissing, type StoredRun } from "../store/stored-run.ts";
import { type ChangeMessage, projectNameOf, runViewOf, type WholeMessage } from "./run-view.ts";

/** How many rows of one node a page gets when it connects. */
const MOST_ROWS = 1000;

export type RunMessage =
  | { readonly kind: "whole"; readonly message: WholeMessage }
  | { readonly kind: "change"; readonly message: ChangeMessage };

/** Reads one run again and again, and returns each time what is new. It takes no lock, so the writer never waits for it. */
export class RunReader {
  readonly #project: Project;
  readonly #wanted: number | null;
  #run: number | null = null;
  #tail: EventTail | null = null;
  #stored: StoredRun | null = null;
  #stamp = "";
  #told: Map<NodeId, ExperimentNode> | null = null;
  #toldHead = "";

  /** `run` is `null` for the last run, whichever that is at the time. */
  constructor(project: Project, run: number | null) {
    this.#project = project;
    this.#wanted = run;
  }

  /** The folders to watch for changes. */
  get folders(): string[] {
    const { folder } = this.#project;
    const folders = [join(folder, "lock"), join(folder, "runs")];
    return this.#run === null ? folders : [...folders, this.#folderOf(this.#run)];
  }

  /** Returns `null` when nothing is new. Throws `UserError` where there is no such run, or it is damaged. */
  async read(): Promise<RunMessage | null> {
    const runs = await this.#project.runs();
    const live = await this.#project.isLocked();
    const run = this.#wanted ?? runs.at(-1) ?? null;
    if (run === null) return this.#nothing(runs, live);
    const folder = this.#folderOf(run);
    if (run !== this.#run || this.#tail === null) {
      this.#run = run;
      this.#told = null;
      this.#tail = new EventTail(join(folder, EVENTS_FILE));
    }
    // Events are emitted after what they report is saved. Read first, they never name what the nodes lack.
    const events = await this.#tail.read();
    const stored = await this.#storedRun(run);
    const view = runViewOf(stored);
    const head = JSON.stringify([runs, live, view.head]);
    if (this.#told === null) {
      this.#told = new Map(view.nodes.map((node) => [node.id, node]));
      this.#toldHead = head;
      const project = projectNameOf(stored.record);
      const message = { project, runs, live, view, events: openEvents(events, view.nodes) };
      return { kind: "whole", message };
    }
    const nodes = this.#takeChanged(view.nodes);
    if (nodes.length === 0 && events.length === 0 && head === this.#toldHead) return null;
    this.#toldHead = head;
    return { kind: "change", message: { runs, live, head: view.head, nodes, events } };
  }

  #nothing(runs: readonly number[], live: boolean): RunMessage | null {
    const head = JSON.stringify([runs, live]);
    if (head === this.#toldHead) return null;
    this.#toldHead = head;
    return { kind: "whole", message: { project: "", runs, live, view: null, events: [] } };
  }

  /** The index is read again only when it was written. A watcher must not take cpu from a measurement. */
  async #storedRun(run: number): Promise<StoredRun> {
    const names = ["run.json", "tree.json"];
    const paths = names.map((name) => join(this.#folderOf(run), name));
    const stamp = [run, ...(await Promise.all(paths.map(stampOf)))].join(" ");
    if (this.#stored === null || stamp !== this.#stamp) {
      this.#stored = await this.#project.openRun(run);
      this.#stamp = stamp;
    }
    return this.#stored;
  }

  #takeChanged(nodes: readonly ExperimentNode[]): ExperimentNode[] {
    const told = this.#told ?? new Map<NodeId, ExperimentNode>();
    return nodes.filter((node) => {
      const before = told.get(node.id);
      told.set(node.id, node);
      return node !== before && JSON.stringify(node) !== JSON.stringify(before);
    });
  }

  #folderOf(run: number): string {
    return join(this.#project.folder, "runs", String(run));
  }
}

/** A text that differs after every rename and every append. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(ignoreMissing);
  return found === null ? "none" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

/** What a page that connects now needs beside the nodes: what is running, and events of the run as a whole. */
function openEvents(events: readonly RunEvent[], nodes: readonly ExperimentNode[]): RunEvent[] {
  const open = new Set<NodeId>(
    nodes.filter(({ phase }) => phase !== "finished").map(({ id }) => id),
  );
  const rows = new Map<NodeId, number>();
  const kept: RunEvent[] = [];
  for (const event of events.toReversed()) {
    const id = "id" in event ? event.id : null;
    if (id !== null && !open.has(id)) continue;
    if (event.type === "row_streamed") {
      const count = (rows.get(event.id) ?? 0) + 1;
      if (count > MOST_ROWS) continue;
      rows.set(event.id, count);
    }
    kept.push(event);
  }
  return kept.reverse();
}
