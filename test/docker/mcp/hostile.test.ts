import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { MAIN, mostKib } from "./agent-client.ts";

const MIB = 1024 ** 2;
const LINE_BYTES = 512 * MIB;
const PINGS = 100_000;
const MOST_KIB = 400 * 1024;
/** Long after a server that reads on would have read it all. */
const PATIENCE_MS = 5000;

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  },
};

/** A line without an end in sight, then more questions than anybody reads the answers of. */
function* hostileBytes(pings: () => void) {
  yield `${JSON.stringify(INITIALIZE)}\n`;
  for (let sent = 0; sent < LINE_BYTES; sent += MIB) yield Buffer.alloc(MIB, "x");
  yield "\n";
  pings();
  for (let id = 1; id <= PINGS; id++) yield `{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`;
}

it("a server takes bounded memory for what it is sent and for answers that nobody reads, and then answers all", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loopty-hostile-"));
  const server = spawn(process.execPath, [MAIN, "mcp"], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(server, "close");
  onTestFinished(async () => {
    server.kill("SIGKILL");
    await closed;
    await rm(folder, { recursive: true, force: true });
  });
  const steps = new EventEmitter();
  const pings = once(steps, "pings");
  const bytes = hostileBytes(() => steps.emit("pings"));
  const sent = pipeline(bytes, server.stdin, { end: false });
  await pings;
  expect(await Promise.race([sent.then(() => "all read"), sleep(PATIENCE_MS, "waits")])).toBe(
    "waits",
  );
  expect(await mostKib(server.pid ?? 0)).toBeLessThan(MOST_KIB);

  const answers: string[] = [];
  for await (const line of createInterface({ input: server.stdout })) {
    answers.push(line);
    if (answers.length === PINGS + 2) break;
  }
  await sent;
  expect(answers[0]).toContain('"serverInfo"');
  expect(answers[1]).toContain("a message is longer than 16777216 bytes");
  expect(JSON.parse(answers.at(-1) ?? "")).toEqual({ jsonrpc: "2.0", id: PINGS, result: {} });
  expect(await mostKib(server.pid ?? 0)).toBeLessThan(MOST_KIB);
});
