import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { type EquipmentFile, PACKAGES_FOLDER } from "../equipment.ts";
import type { AgentSession } from "../session.ts";
import { Tunnel } from "../tunnel/tunnel.ts";
import type { TunnelStream } from "../tunnel/tunnel-stream.ts";

/** Where loopty answers inside of the container, on its loopback. Nothing of another container can reach it. */
const GATEWAY_PORT = 41_999;
export const GATEWAY_URL = `http://127.0.0.1:${GATEWAY_PORT}`;

/** In a container its modules are what this loopty runs: compiled, or as they are written. */
const KIND = extname(import.meta.url);
const FOLDER = "loopty/tunnel";
const MODULES = ["frame", "tunnel-stream", "tunnel", "forwarder"];
const READY_MS = 60_000;

/** The forwarder's program, which needs nothing of the image. */
export async function forwarderFiles(): Promise<EquipmentFile[]> {
  const modules = MODULES.map(async (name) => ({
    path: `${FOLDER}/${name}${KIND}`,
    content: await readFile(new URL(`../tunnel/${name}${KIND}`, import.meta.url)),
    mode: 0o444 as const,
  }));
  const content = Buffer.from('{"type":"module"}\n');
  return [
    { path: `${FOLDER}/package.json`, content, mode: 0o444 },
    ...(await Promise.all(modules)),
  ];
}

/**
 * Starts the forwarder in an agent's container. Every connection to it becomes a stream here. Throws `EngineError` where it
 * does not start. Whoever opens the tunnel destroys it; it ends with the container at the latest.
 */
export async function openTunnel(
  session: AgentSession,
  onStream: (stream: TunnelStream) => void,
  signal: AbortSignal,
): Promise<Tunnel> {
  const program = await session.start({
    argv: [`${PACKAGES_FOLDER}/bin/node`, `/${FOLDER}/forwarder${KIND}`, String(GATEWAY_PORT)],
    env: {},
    user: "helper",
  });
  const waiting = new AbortController();
  let say: (first: "ready" | "ended") => void = () => {};
  const said = new Promise<"ready" | "ended">((resolve) => {
    say = resolve;
  });
  const tunnel = new Tunnel(program.stream, {
    onReady: () => say("ready"),
    onStream,
    onEnd: () => say("ended"),
  });
  const late = sleep(READY_MS, "late" as const, {
    signal: AbortSignal.any([signal, waiting.signal]),
  });
  try {
    const first = await Promise.race([said, late]);
    if (first === "ready") return tunnel;
    const told = printable(program.errors(), 300);
    throw new EngineError(
      `the agent's container cannot reach loopty: its forwarder ${first === "late" ? "does not start" : "ended"}${told === "" ? "" : ` (${told})`}`,
      { hint: "agents with a command line need an image with glibc, such as Debian's" },
    );
  } catch (error) {
    tunnel.destroy();
    throw error;
  } finally {
    late.catch(() => {});
    waiting.abort();
  }
}
