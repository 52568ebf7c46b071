import type { Container } from "dockerode";
import { EngineError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import { readFrames } from "../container/frame.ts";
import { lastLines, Output } from "../container/output.ts";
import type { RunningTime } from "../container/running-time.ts";
import { WORKSPACE } from "../sandbox.ts";
import { type ExpectedMount, mountProblems, readMountinfo } from "./mountinfo.ts";

const SHOW_MS = 30_000;
const LIMIT = { headBytes: 4 * 1024 * 1024, tailBytes: 0 };
const NAMED_PROBLEMS = 5;

/**
 * The own process of a container that others work in. It shows its mounts, ends that with an empty line, and waits for
 * its deadline. An exec would show them as well, and cost another 60 ms.
 */
export function waitingCommand(deadlineMs: number): string[] {
  const seconds = Math.ceil(deadlineMs / 1000);
  return ["/bin/sh", "-c", `cat /proc/self/mountinfo && echo && exec sleep ${seconds}`];
}

/** Starts a container of `waitingCommand`. Throws `EngineError` unless the kernel shows the mounts that were asked for. */
export async function startWithMounts(
  container: Container,
  time: RunningTime,
  expected: readonly ExpectedMount[],
): Promise<void> {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const output = new Output(LIMIT);
  const shown = new Promise<void>((resolve) => {
    const onStdout = (chunk: Buffer) => {
      output.push(chunk);
      // No line of the list is empty.
      if (output.bytes().subarray(-2).equals(END)) resolve();
    };
    void readFrames(stream, { onStdout, onStderr: onStdout }).then(resolve);
  });
  let callOff = () => {};
  const late = new Promise<void>((resolve) => {
    callOff = time.after(SHOW_MS, resolve);
  });
  try {
    await container.start();
    await Promise.race([shown, late]);
  } finally {
    callOff();
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
  }
  const text = output.text();
  const problems = text.endsWith("\n\n")
    ? mountProblems(readMountinfo(text), expected, WORKSPACE)
    : [`the container does not show them (${printable(lastLines(text, 1), 200)})`];
  if (problems.length === 0) return;
  const named = problems.slice(0, NAMED_PROBLEMS).join("; ");
  throw new EngineError(`the engine did not mount the workspace as asked: ${named}`, {
    hint: "no agent code ran; see `loopty doctor`",
  });
}

const END = Buffer.from("\n\n");
