import { messageOf, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { createContainer } from "../container/container.ts";
import { boundedCommand } from "../container/hardening.ts";
import { Output } from "../container/output.ts";
import { runToEnd } from "../container/process.ts";
import type { DockerSettings } from "../docker-settings.ts";
import { isCdiName } from "./device-request.ts";
import { type GpuReport, LOOK_SCRIPT, readGpuReport } from "./gpu-report.ts";

const LOOK_MS = 30_000;
const LIMIT = { headBytes: 64 * 1024, tailBytes: 0 };
/** Of an engine that has no such device, or no driver for it. */
const NO_DEVICE = /device driver|devices?\b|cdi|nvidia/i;

/** Looks at a GPU from a container of its own. Throws `UserError` where the engine does not give it. */
export async function lookAtGpu(
  settings: DockerSettings,
  image: string,
  gpu: string,
  signal: AbortSignal,
): Promise<GpuReport> {
  // Podman 5.4 takes the request for a number, and gives nothing, without a word.
  if (settings.engine.kind === "podman" && !isCdiName(gpu)) {
    throw notGiven(gpu, "podman knows GPUs by their CDI names alone");
  }
  const output = new Output(LIMIT);
  try {
    await using created = await createContainer({
      settings,
      phase: "helper",
      node: null,
      image,
      user: "helper",
      command: boundedCommand(LOOK_SCRIPT, LOOK_MS),
      cpus: settings.agentCpus,
      gpus: [gpu],
    });
    await runToEnd(settings.engine, created.container, {
      timeoutMs: LOOK_MS,
      diskBytes: settings.limits.diskBytes,
      onStdout: (chunk) => output.push(chunk),
      onStderr: () => {},
      signal,
    });
  } catch (cause) {
    if (!NO_DEVICE.test(messageOf(cause))) throw cause;
    throw notGiven(gpu, messageOf(cause), cause);
  }
  return readGpuReport(gpu, output.text());
}

function notGiven(gpu: string, why: string, cause?: unknown): UserError {
  return new UserError(`the engine gives no GPU ${printable(gpu)}: ${why}`, {
    hint: "sandbox.gpus wants NVIDIA's container toolkit for numbers and UUIDs, or a CDI specification for names (Docker 28.3, Podman); see docs/engines.md",
    cause,
  });
}
