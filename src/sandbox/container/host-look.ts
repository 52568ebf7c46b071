import type { DockerSettings } from "../docker-settings.ts";
import type { MachineLook } from "../machine.ts";
import { createContainer } from "./container.ts";
import { boundedCommand, idleSpec } from "./hardening.ts";
import { Output } from "./output.ts";
import { runToEnd } from "./process.ts";

const LOOK = `sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1; date +%s`;
const LOOK_MS = 60_000;

/** Looks at a machine from inside: an engine tells neither its cpu nor, to the second, its time. */
export async function lookAtMachine(
  settings: DockerSettings,
  imageId: string,
  nowMs: () => number,
  signal: AbortSignal,
): Promise<MachineLook> {
  const spec = { ...idleSpec(settings, imageId), command: boundedCommand(LOOK, 2 * LOOK_MS) };
  await using created = await createContainer(spec);
  const output = new Output({ headBytes: 4096, tailBytes: 0 });
  const startedAtMs = nowMs();
  await runToEnd(settings.engine, created.container, {
    timeoutMs: LOOK_MS,
    diskBytes: settings.limits.diskBytes,
    onStdout: (chunk) => output.push(chunk),
    onStderr: () => {},
    signal,
  });
  const [model = "", seconds = ""] = output.text().split("\n");
  const [fromMs, toMs] = [startedAtMs, nowMs()];
  return { cpuModel: model.trim() || "unknown", clockAheadMs: aheadMs(seconds, fromMs, toMs) };
}

/** How far a clock is ahead that showed some second between two instants of ours; 0 where it may be right. */
function aheadMs(seconds: string, fromMs: number, toMs: number): number | null {
  if (!/^\d+$/.test(seconds)) return null;
  const shownMs = Number(seconds) * 1000;
  if (shownMs > toMs) return shownMs - toMs;
  return Math.min(0, shownMs + 1000 - fromMs);
}
