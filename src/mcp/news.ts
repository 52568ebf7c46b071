import type { RunEvent } from "../core/events/event.ts";
import { toldEvent } from "../core/prompt/told-event.ts";
import { EventTail } from "../store/event-tail.ts";
import type { Project } from "../store/project.ts";
import { accessOfRun } from "../store/run-record.ts";
import { type EventCursor, eventsFile } from "./cursor.ts";

/** The events of a project since a place, as an agent may know them. A new run is followed once there is one. */
export class News {
  readonly #project: Project;
  #run: number;
  #tail: EventTail;

  constructor(project: Project, { run, offset }: EventCursor) {
    this.#project = project;
    this.#run = run;
    this.#tail = new EventTail(eventsFile(project, run), offset);
  }

  get cursor(): EventCursor {
    return { run: this.#run, offset: this.#tail.offset };
  }

  /** What came since the last call. */
  async read(): Promise<RunEvent[]> {
    const events = await this.#readOne();
    const next = (await this.#project.runs()).find((run) => run > this.#run);
    if (next === undefined) return events;
    this.#run = next;
    this.#tail = new EventTail(eventsFile(this.#project, next), 0);
    return [...events, ...(await this.#readOne())];
  }

  async #readOne(): Promise<RunEvent[]> {
    if (this.#run === 0) return [];
    const { record } = await this.#project.openRun(this.#run);
    const access = accessOfRun(record);
    const events = await this.#tail.read();
    return events.map((event) => toldEvent(event, access)).filter((event) => event !== null);
  }
}
