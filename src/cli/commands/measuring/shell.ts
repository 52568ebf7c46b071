import type { Container } from "dockerode";
import { homeMachine } from "../../../config/machines.ts";
import { UserError } from "../../../core/error.ts";
import { runOf } from "../../../core/tree/id.ts";
import { sandboxSettings } from "../../../loop/run/sandbox-settings.ts";
import { createContainer } from "../../../sandbox/container/container.ts";
import type { ContainerSpec } from "../../../sandbox/container/hardening.ts";
import { DockerMachine } from "../../../sandbox/docker-machine.ts";
import { formatOwner } from "../../../store/files/owner.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { homeEngine } from "../../project/engines.ts";
import { checkedImageId } from "../../project/node-image.ts";
import { readConfig } from "../../project/read-config.ts";
import { findNode, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printLines } from "../../terminal/output.ts";
import type { Terminal, World } from "../../world.ts";

export interface ShellOptions extends ProjectOptions {
  readonly id: string;
}

const DEADLINE_S = 12 * 3600;
// If the harness is killed, the container ends at its deadline: all processes of the user end, so the shell too.
const COMMAND = `(sleep ${DEADLINE_S}; kill -9 -1) & exec "$(command -v bash || command -v sh)" -i`;

/** Opens a shell in a fresh container of a node, as the measuring user and with the limits of a measuring container. */
export async function shell(world: World, options: ShellOptions): Promise<ExitCode> {
  const { terminal } = world;
  if (terminal === null) {
    throw new UserError("a shell needs a terminal on stdin and stdout", {
      hint: `without one: docker run --rm loopty/<name>:${options.id} runs the node's own commands`,
    });
  }
  const project = await requireProject(world, options);
  const found = await findNode(project, options.id);
  const { config } = await readConfig(world, options);
  const engine = await homeEngine(world, config);
  const { imageId, tag } = await checkedImageId(engine, found, config);
  const owner = formatOwner(world.processes.self());
  const { id } = found.node;
  const { facts } = new DockerMachine(engine);
  const cpus = homeMachine(config);
  const machine = { facts };
  const settings = sandboxSettings({ config, machine, cpus, project, owner }, runOf(id));
  const dockerSettings = { ...settings, engine };
  printLines(world.stderr, [`${tag}, gone when you leave; nothing hidden is in it`]);
  const spec: ContainerSpec = {
    settings: dockerSettings,
    phase: "helper",
    node: id,
    image: imageId,
    user: "measure",
    command: ["/bin/sh", "-c", COMMAND],
    cpus: dockerSettings.agentCpus,
    network: dockerSettings.network,
    env: [`TERM=${world.env.TERM ?? "xterm"}`],
  };
  const interactive = { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true };
  await using created = await createContainer(spec, (options) => ({ ...options, ...interactive }));
  await converse(created.container, terminal, world.signal);
  world.signal.throwIfAborted();
  return EXIT.done;
}

/** Connects keyboard and screen with the container until its shell ends. */
async function converse(
  container: Container,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const stream = await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  });
  const resize = () => {
    const { columns, rows } = terminal.size();
    // The shell may have ended meanwhile.
    container.resize({ w: columns, h: rows }).catch(() => {});
  };
  const kill = () => void container.kill().catch(() => {});
  stream.pipe(terminal.output, { end: false });
  await container.start();
  signal.addEventListener("abort", kill, { once: true });
  const stopResizing = terminal.onResize(resize);
  resize();
  terminal.setRaw(true);
  terminal.input.pipe(stream);
  try {
    if (signal.aborted) kill();
    await container.wait();
  } finally {
    terminal.input.unpipe(stream);
    terminal.input.pause();
    terminal.setRaw(false);
    stopResizing();
    signal.removeEventListener("abort", kill);
    stream.unpipe(terminal.output);
    stream.end();
  }
}
