import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scratchFolder } from "../store/scratch.ts";

export interface FakeContainer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface FakeImage {
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Removing it is a conflict. */
  readonly isUsed?: boolean;
}

/** Lists and removes containers, volumes and images by the engine's API, and filters them by label as an engine does. */
export class FakeEngine {
  readonly containers: FakeContainer[] = [];
  readonly volumes: FakeContainer[] = [];
  readonly images: FakeImage[] = [];
  /** What it puts before the names of images when it lists them. */
  registry = "";
  version = "29.5.1";
  url = "";

  static async start(): Promise<FakeEngine> {
    const engine = new FakeEngine();
    const socket = join(scratchFolder(), "docker.sock");
    const server = createServer((request, response) => engine.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    engine.url = `unix://${socket}`;
    return engine;
  }

  get names(): string[] {
    return [
      ...[...this.containers, ...this.volumes].map(({ name }) => name),
      ...this.images.map(({ tag }) => tag),
    ];
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://engine");
    const path = decodeURIComponent(url.pathname);
    const [status, body] =
      request.method === "DELETE" ? this.#remove(path) : this.#show(path, wantedLabel(url));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(status === 204 ? undefined : JSON.stringify(body));
  }

  #show(path: string, label: string): readonly [number, unknown] {
    const labelled = <T extends FakeContainer | FakeImage>(items: readonly T[]) =>
      items.filter(({ labels }) =>
        Object.entries(labels).some(([key, value]) => `${key}=${value}` === label),
      );
    switch (path) {
      case "/version":
        return [200, { Version: this.version, ApiVersion: "1.50", Components: [] }];
      case "/info":
        return [200, { ID: "fake", NCPU: 2, MemTotal: 1 }];
      case "/containers/json":
        return [
          200,
          labelled(this.containers).map(({ name, labels }) => ({
            Id: name,
            Names: [`/${name}`],
            Labels: labels,
          })),
        ];
      case "/volumes":
        return [
          200,
          {
            Volumes: labelled(this.volumes).map(({ name, labels }) => ({
              Name: name,
              Labels: labels,
            })),
          },
        ];
      case "/images/json":
        return [
          200,
          labelled(this.images).map(({ tag, labels }) => ({
            Id: `sha256:${tag}`,
            RepoTags: [`${this.registry}${tag}`],
            Labels: labels,
          })),
        ];
      default:
        return [404, { message: `no ${path}` }];
    }
  }

  #remove(path: string): readonly [number, unknown] {
    const name = path.replace(/^\/(containers|volumes|images)\//, "");
    if (this.images.some(({ tag, isUsed }) => tag === name && isUsed)) {
      return [409, { message: "in use" }];
    }
    for (const items of [this.containers, this.volumes]) {
      const index = items.findIndex((item) => item.name === name);
      if (index >= 0) items.splice(index, 1);
    }
    const index = this.images.findIndex(({ tag }) => tag === name);
    if (index >= 0) this.images.splice(index, 1);
    return path.startsWith("/images/") ? [200, []] : [204, null];
  }
}

function wantedLabel(url: URL): string {
  const filters: unknown = JSON.parse(url.searchParams.get("filters") ?? "{}");
  if (typeof filters !== "object" || filters === null || !("label" in filters)) return "";
  return Array.isArray(filters.label) ? String(filters.label[0]) : "";
}
