import type { Container, ImageInspectInfo } from "dockerode";
import { UserError } from "../../core/error.ts";
import { printableBlock } from "../../core/text/printable.ts";
import { shellQuote } from "../../core/text/shell.ts";
import { packArchive } from "../container/archive.ts";
import { createContainer } from "../container/container.ts";
import { boundedCommand, onOneStream } from "../container/hardening.ts";
import { lastLines, Output } from "../container/output.ts";
import { runToEnd } from "../container/process.ts";
import type { DockerSettings } from "../docker-settings.ts";
import type { SetupCommand } from "../machine.ts";
import { processFailure } from "../process-end.ts";
import { WORKSPACE } from "../sandbox.ts";
import { commit } from "./image.ts";
import { checkEmptyWorkspace } from "./tree-listing.ts";
import { TRUST_FOLDER, TRUST_VARIABLES, trustEntries } from "./trust.ts";

export interface SetupFiles {
  readonly image: string;
  /** Puts the workspace without hidden files into a container. */
  readonly putFiles: (container: Container) => Promise<void>;
  readonly writable: readonly string[];
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
}

const LIST = ".loopty-writable";
/** Variables for `setup` alone: the environment of a container stays in the image that is made of it. */
const VARIABLES = ".loopty-variables";
const DEADLINE_MS = 60_000;

/**
 * `setup` and what follows it, in one process of root, before any agent code exists. The writable files are removed,
 * and root owns what is left. Folders get the sticky bit, so that a build may add files anywhere but replace none
 * (docs/architecture.md, musts 2 and 3).
 */
const AFTER_SETUP = `
set -e
cd ${WORKSPACE}
xargs -0 rm -f -- < /${LIST}
rm -rf /${LIST} /${TRUST_FOLDER}
chown -R -h 0:0 ${WORKSPACE}
find ${WORKSPACE} -type d -exec chmod 1777 {} +
find ${WORKSPACE} -type f -exec chmod go-w,a+r,u-s,g-s {} +
`;

/** Runs the user's `setup` and commits the base. Throws `UserError` with the log's tail when it fails. */
export async function runSetup(
  settings: DockerSettings,
  setup: SetupCommand,
  files: SetupFiles,
  signal: AbortSignal,
): Promise<ImageInspectInfo> {
  const command = `. /${VARIABLES}\nrm -f /${VARIABLES}\n${setup.command}\n`;
  const script = `( ${command}) || exit $?\n${AFTER_SETUP}`;
  await using created = await createContainer({
    settings,
    phase: "setup",
    node: null,
    image: files.image,
    user: "root",
    command: boundedCommand(onOneStream(script), setup.timeoutMs + DEADLINE_MS),
    cpus: settings.agentCpus,
    network: "open",
    labels: files.labels,
  });
  const { container } = created;
  await checkEmptyWorkspace(container);
  await files.putFiles(container);
  const names = Buffer.from(files.writable.map((path) => `${path}\0`).join(""));
  const variables = { ...settings.engine.proxies, ...(setup.ca === null ? {} : TRUST_VARIABLES) };
  const exports = Object.entries(variables).map(
    ([name, value]) => `export ${name}=${shellQuote(value)}\n`,
  );
  const own = { mode: 0o600, uid: 0 };
  const list = packArchive(
    [
      { path: LIST, content: names, ...own },
      { path: VARIABLES, content: Buffer.from(exports.join("")), ...own },
      ...(setup.ca === null ? [] : await trustEntries(setup.ca)),
    ],
    new Date(0),
  );
  await container.putArchive(list, { path: "/" });
  const output = new Output({ headBytes: 64 * 1024, tailBytes: 256 * 1024 });
  const onOutput = (chunk: Buffer) => {
    output.push(chunk);
    settings.onOutput?.(chunk);
  };
  const end = await runToEnd(settings.engine, container, {
    timeoutMs: setup.timeoutMs,
    diskBytes: Number.POSITIVE_INFINITY,
    onStdout: onOutput,
    onStderr: onOutput,
    signal,
  });
  const failure = processFailure("setup", end);
  if (failure !== null) {
    const tail = lastLines(printableBlock(output.text()), 20);
    throw new UserError(`${failure.reason}:\n${tail}`, {
      hint: "setup runs once as root with network in the sandbox image; see sandbox.setup in loopty.yaml",
    });
  }
  return await commit(settings, container, files.tag);
}
