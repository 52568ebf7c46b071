import { PassThrough } from "node:stream";
import type { Container } from "dockerode";
import type { Engine } from "./engine.ts";
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

/**
 * Runs a command inside a running container. The engine cannot end an exec (moby #9098), so at its time limit every
 * process of that user is killed: the container's own process belongs to another.
 */
export async function execute(
  engine: Engine,
  container: Container,
  command: Command,
): Promise<CommandEnd> {
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
  const out = new PassThrough().on("data", (chunk: Buffer) => stdout.push(chunk));
  const err = new PassThrough().on("data", (chunk: Buffer) => stderr.push(chunk));
  engine.docker.modem.demuxStream(stream, out, err);
  const finished = new Promise<"finished">((resolve) => {
    for (const event of ["end", "close", "error"]) stream.on(event, () => resolve("finished"));
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
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 2000))]);
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
  stream.resume();
  await new Promise((resolve) => {
    stream.on("end", resolve);
    stream.on("close", resolve);
    setTimeout(resolve, 5000);
  });
}
