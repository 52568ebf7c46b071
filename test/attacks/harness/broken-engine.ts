import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { onTestFinished } from "vitest";
import type { DockerSettings } from "../../../src/sandbox/docker-settings.ts";
import { settings as paperSettings } from "../../sandbox/paper-settings.ts";
import { scratchFolder } from "../../store/scratch.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What answers at an engine's socket and is none, or a broken one. */
export interface BrokenEngine {
  readonly url: string;
  /** A run's settings on it. */
  readonly settings: DockerSettings;
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
  const engine = { ...paperSettings.engine, docker: new Docker({ socketPath }) };
  return { url: `unix://${socketPath}`, settings: { ...paperSettings, engine }, requests };
}

/** Answers with a status and JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
