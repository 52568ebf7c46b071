import { createServer, type OutgoingHttpHeaders } from "node:http";
import { join } from "node:path";
import Docker from "dockerode";
import { onTestFinished } from "vitest";
import { scratchFolder } from "../store/scratch.ts";

export type Answer = readonly [status: number, body: unknown, headers?: OutgoingHttpHeaders];

/** An engine that gives these answers, one after the other and then the last again, and what it was asked. */
export async function engineThatAnswers(...answers: readonly Answer[]) {
  const asked: string[] = [];
  const socketPath = join(scratchFolder(), "docker.sock");
  const server = createServer((request, response) => {
    request.resume();
    asked.push(decodeURIComponent(request.url ?? ""));
    const [status, body, headers] = answers[asked.length - 1] ?? answers.at(-1) ?? [404, {}];
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { docker: new Docker({ socketPath }), asked };
}
