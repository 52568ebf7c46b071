import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ExecCreateOptions, ExecStartOptions } from "dockerode";
import { messageOf } from "../../core/error.ts";
import { isConflict } from "../engine/engine.ts";
import { WORKSPACE } from "../sandbox.ts";
import { readFrames } from "./frame.ts";
import { Output } from "./output.ts";
import type { RunningTime } from "./running-time.ts";
import { USERS } from "./user.ts";

export interface Command {
  readonly user: keyof typeof USERS;
  readonly argv: readonly string[];
  /** Written to the command's standard input, which is then closed. */
  readonly input?: Buffer;
  /** Limit of the running time, pauses left out. */
  readonly timeoutMs: number;
  readonly output: { readonly headBytes: number; readonly tailBytes: number };
}

export interface CommandEnd {
  /** `null` when the time limit ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const DRAIN_MS = 2000;
const KILL_MS = 5000;
const PAUSED_POLL_MS = 50;
const KILLED_POLL_MS = 20;
/** The subshell is another process. */
const KILL_ALL = "kill -9 -1; (:) && exit 0";

/** A container that commands run in, beside a process of its own that waits. */
export interface CommandContainer {
  readonly container: Container;
  readonly time: RunningTime;
  /** Ends all processes that there are, whatever they do, and starts the container again. What it had in memory is gone. */
  restart(): Promise<void>;
}

/**
 * Runs a command inside a running container. The engine cannot end an exec (moby #9098), so at its time limit every
 * process of that user is killed. The container's own process belongs to another user. Where processes fill their limit
 * faster than a kill gets in, the container is restarted.
 */
export async function execute(
  { container, time, restart }: CommandContainer,
  command: Command,
): Promise<CommandEnd> {
  const stdin = command.input !== undefined;
  const options = {
    User: USERS[command.user],
    WorkingDir: WORKSPACE,
    Cmd: [...command.argv],
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
  };
  const { exec, stream } = await startExec(container, options, { hijack: stdin, stdin });
  const stdout = new Output(command.output);
  const stderr = new Output(command.output);
  const finished = readFrames(stream, {
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  if (command.input !== undefined) stream.end(command.input);
  let callOff = () => {};
  const late = new Promise<"late">((resolve) => {
    callOff = time.after(command.timeoutMs, () => resolve("late"));
  });
  const first = await Promise.race([finished, late]);
  callOff();
  if (first === "late") {
    if (!(await killAll(container, time, command.user))) await restart();
    await Promise.race([finished, sleep(DRAIN_MS)]);
    stream.destroy();
    return { exitCode: null, stdout: stdout.bytes(), stderr: stderr.bytes() };
  }
  const { ExitCode: exitCode } = await exec.inspect();
  return { exitCode, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

/**
 * Kills until there is room for another process, and says whether there is. A killed process counts against the limit until
 * it is reaped. No kill is under way when this resolves, or it would end the next command.
 */
async function killAll(
  container: Container,
  time: RunningTime,
  user: keyof typeof USERS,
): Promise<boolean> {
  const options = {
    User: USERS[user],
    Cmd: ["/bin/sh", "-c", KILL_ALL],
    AttachStdout: true,
    AttachStderr: true,
  };
  const isOver = new AbortController();
  const callOff = time.after(KILL_MS, () => isOver.abort());
  try {
    while (!isOver.signal.aborted) {
      const { exec, stream } = await startExec(container, options, {});
      await readFrames(stream, { onStdout() {}, onStderr() {} });
      if ((await exec.inspect()).ExitCode === 0) return true;
      await sleep(KILLED_POLL_MS);
    }
    return false;
  } finally {
    callOff();
  }
}

/** A paused container refuses an exec, new or made before. So it is asked again until the container continues. */
export async function startExec(
  container: Container,
  options: ExecCreateOptions,
  start: ExecStartOptions,
) {
  for (;;) {
    try {
      const exec = await container.exec(options);
      return { exec, stream: await exec.start(start) };
    } catch (error) {
      if (!isConflict(error) || !/ is paused/.test(messageOf(error))) throw error;
      await sleep(PAUSED_POLL_MS);
    }
  }
}
