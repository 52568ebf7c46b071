import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { UserError } from "../core/error.ts";
import { nodeIdSchema, runOf } from "../core/tree/id.ts";
import type { Project } from "../store/project.ts";
import { guard } from "./guard.ts";
import { nodeViewOf } from "./node-view.ts";
import type { PageFiles } from "./page-files.ts";
import { streamRun } from "./stream.ts";

const RUN_NUMBER = /^[1-9]\d{0,8}$/;
const RETRY_MS = 1000;
/** Each reads the run's files for itself. More than pages that a person looks at. */
const MOST_STREAMS = 32;

export interface DashboardOptions {
  readonly project: Project;
  readonly page: PageFiles;
  /** Ends the open streams. */
  readonly signal: AbortSignal;
  readonly tellBug: (error: unknown) => void;
}

/** Answers requests for the page and for what it shows. It only reads, and takes no lock. */
export function dashboardApp({ project, page, signal, tellBug }: DashboardOptions): Hono {
  const app = new Hono();
  let openStreams = 0;
  app.use(guard);

  app.get("/api/stream", (context) => {
    const asked = context.req.query("run");
    if (asked !== undefined && !RUN_NUMBER.test(asked)) return context.json(NO_RUN, 404);
    // Nobody would read it, nor close it.
    if (context.req.method === "HEAD") return context.body(null);
    if (openStreams >= MOST_STREAMS) return context.json(TOO_MANY, 503);
    openStreams++;
    return streamSSE(context, async (stream) => {
      const closed = new AbortController();
      stream.onAbort(() => closed.abort());
      try {
        await streamRun(project, {
          run: asked === undefined ? null : Number(asked),
          signal: AbortSignal.any([signal, closed.signal]),
          send: (message) => stream.writeSSE({ ...message, retry: RETRY_MS }),
        });
      } finally {
        openStreams--;
      }
    });
  });

  app.get("/api/nodes/:id", async (context) => {
    const id = nodeIdSchema.safeParse(context.req.param("id"));
    if (!id.success) return context.json(NO_NODE, 404);
    const run = await project.openRun(runOf(id.data));
    if (run.node(id.data) === null) return context.json(NO_NODE, 404);
    context.header("Cache-Control", "no-store");
    return context.json(await nodeViewOf(run, id.data));
  });

  app.get("*", (context) => {
    const file = page.get(context.req.path);
    if (file === undefined) return context.json({ message: "there is nothing here" }, 404);
    // Built files have a hash of their content in their names. The page that names them has none.
    const isHashed = context.req.path.startsWith("/assets/");
    return context.body(file.content, 200, {
      "Content-Type": file.type,
      "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-store",
    });
  });

  app.onError((error, context) => {
    if (error instanceof UserError) return context.json({ message: error.message }, 404);
    tellBug(error);
    return context.json({ message: "loopty failed here; its terminal says how" }, 500);
  });
  return app;
}

const NO_RUN = { message: "there is no such run" };
const TOO_MANY = { message: `${MOST_STREAMS} pages are open already: close some` };
const NO_NODE = { message: "there is no such node" };
