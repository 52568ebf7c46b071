import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { UserError } from "../core/error.ts";
import { errorCode } from "../store/files/disk-error.ts";
import { type DashboardOptions, dashboardApp } from "./app.ts";

const LOOPBACK = "127.0.0.1";
/** The number means nothing. It is easy to remember, and nothing well known uses it. */
const USUAL_PORT = 4747;
/** A browser has six to one server; the rest is for other browsers and tunnels. */
const MOST_CONNECTIONS = 256;

export interface Dashboard extends AsyncDisposable {
  readonly url: string;
}

export interface ServerOptions extends Omit<DashboardOptions, "signal"> {
  /** `null` for the usual port, or any where that is taken. */
  readonly port: number | null;
}

/** Serves the page on this machine alone, until disposed. Throws `UserError` where the port asked for cannot be had. */
export async function serveDashboard({ port, ...options }: ServerOptions): Promise<Dashboard> {
  const closing = new AbortController();
  const app = dashboardApp({ ...options, signal: closing.signal });
  const server = createServer(getRequestListener(app.fetch));
  server.maxConnections = MOST_CONNECTIONS;
  await listenSomewhere(server, port);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port after listening");
  return {
    url: `http://${LOOPBACK}:${address.port}/`,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listenSomewhere(server: Server, port: number | null): Promise<void> {
  try {
    await listen(server, port ?? USUAL_PORT);
  } catch (cause) {
    const code = errorCode(cause);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    if (port === null) return listen(server, 0);
    const why = code === "EACCES" ? "needs another user's rights" : "is in use";
    throw new UserError(`port ${port} ${why}`, {
      hint: "another --port, or none for one that is free",
      cause,
    });
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, LOOPBACK);
  // It rejects with what went wrong.
  await once(server, "listening");
}
