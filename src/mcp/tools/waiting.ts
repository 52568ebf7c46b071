import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { UserError } from "../../core/error.ts";
import type { RunEvent } from "../../core/events/event.ts";
import { nodeEntry } from "../../core/prompt/node-entry.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import { isUnderWay, type Job } from "../../store/job.ts";
import type { Project } from "../../store/project.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import { endOfEvents, formatCursor, parseCursor } from "../cursor.ts";
import { type Desk, requireProject } from "../desk.ts";
import { AWAITED, eventText } from "../event-text.ts";
import { jobReply } from "../job-reply.ts";
import { News } from "../news.ts";
import type { Reply } from "../reply.ts";
import { changeText, lastRunOf } from "../status.ts";
import type { Tender } from "../tender.ts";
import { isBusy, type UnderWay, underWay } from "../under-way.ts";
import { type AddTool, type Call, tool } from "./tool.ts";

/** Clients give up on a call after a minute. */
const MOST_WAIT_S = 50;
const USUAL_WAIT_S = 45;
/** A busy machine answers late, and the answer must come within `MOST_WAIT_S`. */
const SPARE_MS = 3000;
const POLL_MS = 250;
const MOST_NUMBERS = 1000;
const MOST_EVENTS = 500;

/** Before there is one. */
const NO_RUN = 0;

const numbers = z.array(z.int().positive()).max(MOST_NUMBERS).optional();

const waitInput = z.strictObject({
  since: z
    .string()
    .max(40)
    .optional()
    .describe(
      "the cursor of try or of the last wait, so that nothing is missed; now when left out",
    ),
  timeout_s: z.number().min(0).max(MOST_WAIT_S).optional().describe("45 when left out"),
  changes: numbers.describe("wait until all of these have a verdict; else for any news"),
  jobs: numbers.describe("wait until all of these have ended"),
});
const BUSY = "more is under way: call wait again with this cursor, or hand more changes in";

type WaitInput = z.infer<typeof waitInput>;

/** Waiting for what takes long. */
export function waitingTools(
  desk: Desk,
  tender: Tender,
  clock: Pick<Clock, "steadyMs" | "sleep">,
): AddTool[] {
  return [
    tool({
      name: "wait",
      title: "Wait for verdicts",
      description:
        "Waits until there is news since a cursor, for at most 50 s: verdicts, ends of runs and jobs. Where it comes back without, call it again with the new cursor: work goes on without you.",
      input: waitInput,
      reach: "looks",
      call: (input, call) => waitFor(desk, tender, clock, input, call),
    }),
  ];
}

async function waitFor(
  desk: Desk,
  tender: Tender,
  clock: Pick<Clock, "steadyMs" | "sleep">,
  input: WaitInput,
  { signal, progress }: Call,
): Promise<Reply> {
  const startedMs = clock.steadyMs();
  const { timeout_s = USUAL_WAIT_S } = input;
  const mostMs = Math.min(timeout_s * 1000, MOST_WAIT_S * 1000 - SPARE_MS);
  const project = await requireProject(desk);
  const since = input.since === undefined ? null : parseCursor(input.since);
  const news = new News(project, since ?? (await endOfEvents(project, await lastNumber(project))));
  const endedBefore = ended(await project.jobs.jobs());
  const events: RunEvent[] = [];
  for (;;) {
    const fresh = await news.read();
    events.push(...fresh.filter(({ type }) => AWAITED.has(type)));
    await tell(fresh, progress);
    const run = await lastRunOf(project);
    const failure = await tender.tend(project, run);
    const now = await underWay(project, run);
    requireKnown(
      "change",
      input.changes,
      now.changes.map(({ change }) => change),
    );
    requireKnown(
      "job",
      input.jobs,
      now.jobs.map(({ number }) => number),
    );
    const isOver =
      failure !== null ||
      !isBusy(now) ||
      isDone(input, now, events, endedBefore) ||
      clock.steadyMs() - startedMs >= mostMs;
    if (isOver) return answerOf(desk, project, input, { news, events, now, failure, endedBefore });
    await clock.sleep(POLL_MS, signal);
  }
}

function requireKnown(
  what: string,
  asked: readonly number[] | undefined,
  known: readonly number[],
): void {
  const unknown = (asked ?? []).find((number) => !known.includes(number));
  if (unknown === undefined) return;
  throw new UserError(`there is no ${what} ${unknown}`, { hint: "status shows what is under way" });
}

async function lastNumber(project: Project): Promise<number> {
  return (await project.runs()).at(-1) ?? NO_RUN;
}

function ended(jobs: readonly Job[]): ReadonlySet<number> {
  return new Set(jobs.filter((job) => !isUnderWay(job)).map(({ number }) => number));
}

function isDone(
  { changes, jobs }: WaitInput,
  now: UnderWay,
  events: readonly RunEvent[],
  endedBefore: ReadonlySet<number>,
): boolean {
  if (changes === undefined && jobs === undefined) {
    return events.length > 0 || now.jobs.some((job) => isNews(job, endedBefore));
  }
  const open = (changes ?? []).some((number) =>
    now.changes.some(({ change, state }) => change === number && state !== "finished"),
  );
  return (
    !open &&
    !(jobs ?? []).some((number) => now.jobs.some((job) => job.number === number && isUnderWay(job)))
  );
}

function isNews(job: Job, endedBefore: ReadonlySet<number>): boolean {
  return !isUnderWay(job) && !endedBefore.has(job.number) && job.work.kind !== "try";
}

async function tell(events: readonly RunEvent[], progress: Call["progress"]): Promise<void> {
  const texts = events.map(eventText).filter((text) => text !== null);
  const last = texts.at(-1);
  if (last !== undefined) await progress(last);
}

/** A verdict is told with its figures. */
function newsText(event: RunEvent, run: StoredRun | null): string | null {
  const node = event.type === "node_finished" ? run?.node(event.id) : undefined;
  if (run === null || !node) return eventText(event);
  const change = node.order === null ? "" : ` (change ${node.order})`;
  const [, , lines = ""] = nodeEntry(node, metricsOf(run.record)).levels;
  return lines.replace(node.id, `${node.id}${change}`);
}

interface Waited {
  readonly news: News;
  readonly events: readonly RunEvent[];
  readonly now: UnderWay;
  /** The job that should have tried the changes, and could not. */
  readonly failure: Job | null;
  readonly endedBefore: ReadonlySet<number>;
}

async function answerOf(
  desk: Desk,
  project: Project,
  input: WaitInput,
  { news, events, now, failure, endedBefore }: Waited,
): Promise<Reply> {
  const cursor = formatCursor(news.cursor);
  const asked = new Set(input.jobs ?? []);
  const wanted = now.jobs.filter((job) => asked.has(job.number) || isNews(job, endedBefore));
  const jobs = await Promise.all(
    [...wanted, ...(failure === null ? [] : [failure])].map((job) => jobReply(desk, project, job)),
  );
  const chosen = new Set(input.changes ?? []);
  const changes = now.changes.filter(
    ({ change, state }) => chosen.has(change) || (chosen.size === 0 && state !== "finished"),
  );
  const shown = events.slice(-MOST_EVENTS);
  const run = await lastRunOf(project);
  return {
    text: [
      ...shown.map((event) => newsText(event, run)).filter((text) => text !== null),
      ...changes.filter(({ state }) => state !== "finished").map(changeText),
      ...jobs.map(({ text }) => text),
      isBusy(now) ? BUSY : "nothing is under way",
      `cursor ${cursor}`,
    ].join("\n"),
    json: { cursor, busy: isBusy(now), events: shown, changes, jobs: jobs.map(({ json }) => json) },
  };
}
