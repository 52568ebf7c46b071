import {
  type McpServer,
  ResourceNotFoundError,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { UserError } from "../core/error.ts";
import type { Desk } from "./desk.ts";

/** More than a model reads. The commands have the whole. */
const MOST_BYTES = 1024 ** 2;

interface ResourceKind {
  readonly name: string;
  readonly pattern: string;
  readonly description: string;
  readonly mimeType: string;
  /** `null` where there is nothing. */
  read(desk: Desk, values: Readonly<Record<string, string>>): Promise<Buffer | null>;
}

const KINDS: readonly ResourceKind[] = [
  {
    name: "tree of a run",
    pattern: "loopty://run/{run}/tree",
    description: "All nodes of a run as JSON.",
    mimeType: "application/json",
    read: async (desk, { run = "" }) => {
      const { json } = await desk.ask({ command: "tree", run: Number(run) });
      return Buffer.from(JSON.stringify(json));
    },
  },
  {
    name: "change of a node",
    pattern: "loopty://node/{id}/diff",
    description: "The patch of a node against its parent.",
    mimeType: "text/x-diff",
    read: (desk, { id = "" }) => readNodeFile(desk, id, "diff.patch"),
  },
  {
    name: "rows of a node",
    pattern: "loopty://node/{id}/metrics",
    description: "What the benchmark of a node wrote, where nothing is hidden.",
    mimeType: "text/csv",
    read: (desk, { id = "" }) => readNodeFile(desk, id, "metrics.csv"),
  },
  {
    name: "log of a node",
    pattern: "loopty://node/{id}/log/{step}",
    description:
      "What build, verify or bench of a node printed; where something is hidden, build alone.",
    mimeType: "text/plain",
    read: async (desk, { id = "", step = "" }) =>
      step === "build" || step === "verify" || step === "bench"
        ? readNodeFile(desk, id, `${step}.log`)
        : null,
  },
  {
    name: "file of a node",
    pattern: "loopty://node/{id}/file/{+path}",
    description: "A writable file as the node has it: what a patch on top of it starts from.",
    mimeType: "text/plain",
    read: async (desk, { id = "", path = "" }) => {
      const { run, node } = await desk.find(id);
      if (node.commit === null) return null;
      const files = await (await desk.counter(run)).code.readFiles(node.commit);
      return files.find((file) => file.path === path)?.content ?? null;
    },
  },
];

/** What can be read of a project by its address. */
export function addResources(server: McpServer, desk: Desk): void {
  for (const { name, pattern, description, mimeType, read } of KINDS) {
    const template = new ResourceTemplate(pattern, { list: undefined });
    server.registerResource(name, template, { description, mimeType }, async (uri, variables) => {
      const values = Object.entries(variables).map(([key, value]) => [key, String(value)] as const);
      const bytes = await read(desk, Object.fromEntries(values)).catch(nothing);
      if (bytes === null) throw new ResourceNotFoundError(uri.href);
      return { contents: [{ uri: uri.href, ...contentOf(bytes, mimeType) }] };
    });
  }
}

async function readNodeFile(
  desk: Desk,
  id: string,
  file: "diff.patch" | "metrics.csv" | "build.log" | "verify.log" | "bench.log",
): Promise<Buffer | null> {
  const { run, node } = await desk.find(id);
  return run.readNodeFile(node.id, file);
}

function nothing(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}

/** Text where it is UTF-8, and its end where it is very long: a log says last why it failed. */
function contentOf(bytes: Buffer, mimeType: string) {
  const end = bytes.subarray(Math.max(0, bytes.length - MOST_BYTES));
  const text = end.toString("utf8");
  const isText = Buffer.from(text).equals(end) || end.length < bytes.length;
  return isText
    ? { mimeType, text }
    : { mimeType: "application/octet-stream", blob: end.toString("base64") };
}
