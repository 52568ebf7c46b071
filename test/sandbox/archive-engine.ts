import { createServer } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { onTestFinished } from "vitest";
import type { DockerSettings } from "../../src/sandbox/docker-settings.ts";
import { scratchFolder } from "../store/scratch.ts";
import { settings } from "./paper-settings.ts";

/** A run on an engine that has images with these labels, and an archive of the workspace of each. */
export async function archiveEngine(
  labels: Readonly<Record<string, Readonly<Record<string, string>>>>,
  archive: () => Readable,
): Promise<DockerSettings> {
  const socketPath = join(scratchFolder(), "docker.sock");
  // The client repeats all options of a container in the address.
  const server = createServer({ maxHeaderSize: 1024 ** 2 }, (request, response) => {
    request.resume();
    const path = decodeURIComponent(request.url?.split("?")[0] ?? "");
    if (path === "/containers/create") {
      response.writeHead(201);
      return response.end('{"Id":"c"}');
    }
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (path === "/containers/c/archive") return archive().pipe(response);
    const own = labels[/^\/images\/(.*)\/json$/.exec(path)?.[1] ?? ""];
    response.writeHead(own === undefined ? 404 : 200);
    return response.end(JSON.stringify({ Id: "sha256:1", Config: { Labels: own } }));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...settings, engine: { ...settings.engine, docker: new Docker({ socketPath }) } };
}
