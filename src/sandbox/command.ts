import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { readFrames } from "./frame.ts";
import { Output } from "./output.ts";
import { USERS, WORKSPACE } from "./scope.ts";

export interface Command {
  readonly user: keyof typeof USERS;
  readonly argv: readonly string[];
  /** Written to the command's standard input, which is then closed. */
  readonly input?: Buffer;
  readonly timeoutMs: number;
  readonly output: { readonly headBytes: number; readonly tailBytes: number };
}

export interface CommandEnd {
  /** `null`: the time limit ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const DRAIN_MS = 2000;
const KILL_MS = 5000;

/**
 * Runs a command inside a running container. The engine cannot end an exec (moby #9098), so at its time limit every
 * process of that user is killed: the container's own process belongs to another.
 */
export async function execute(container: Container, command: Command): Promise<CommandEnd> {
  const exec = await container.exec({
    User: USERS[command.user],
    WorkingDir: WORKSPACE,
    Cmd: [...command.argv],
    AttachStdin: command.input !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stdin = command.input !== undefined;
  const stream = await exec.start({ hijack: stdin, stdin });
  const stdout = new Output(command.output);
  const stderr = new Output(command.output);
  const finished = readFrames(stream, {
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  if (command.input !== undefined) stream.end(command.input);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), command.timeoutMs);
  });
  const first = await Promise.race([finished, late]);
  clearTimeout(timer);
  if (first === "late") {
    await killAll(container, command.user);
    await Promise.race([finished, sleep(DRAIN_MS)]);
    stream.destroy();
    return { exitCode: null, stdout: stdout.bytes(), stderr: stderr.bytes() };
  }
  const { ExitCode: exitCode } = await exec.inspect();
  return { exitCode, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

async function killAll(container: Container, user: keyof typeof USERS): Promise<void> {
  const exec = await container.exec({
    User: USERS[user],
    Cmd: ["/bin/sh", "-c", "kill -9 -1"],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({});
  await Promise.race([readFrames(stream, { onStdout() {}, onStderr() {} }), sleep(KILL_MS)]);
}
