import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { onTestFinished } from "vitest";
import type { Scope } from "../../../src/sandbox/scope.ts";
import { scope as paperScope } from "../../sandbox/paper-scope.ts";
import { scratchFolder } from "../../store/scratch.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What answers at an engine's socket and is none, or a broken one. */
export interface BrokenEngine {
  readonly url: string;
  /** A run's scope on it. */
  readonly scope: Scope;
  /** Every request, such as `GET /version`. */
  readonly requests: readonly string[];
}

export async function breakEngine(answer: Answer): Promise<BrokenEngine> {
  const socketPath = join(scratchFolder(), "docker.sock");
  const requests: string[] = [];
  // The client repeats a container's whole config in the query.
  const server = createServer({ maxHeaderSize: 1024 ** 2 }, (request, response) => {
    requests.push(`${request.method} ${request.url?.split("?")[0]}`);
    // An archive that is sent must be read, or its sender waits.
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const engine = { ...paperScope.engine, docker: new Docker({ socketPath }) };
  return { url: `unix://${socketPath}`, scope: { ...paperScope, engine }, requests };
}

/** Answers with a status and JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
