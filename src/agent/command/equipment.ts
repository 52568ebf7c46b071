import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { type Equipment, type EquipmentFile, PACKAGES_FOLDER } from "../equipment.ts";
import { forwarderFiles } from "../gateway/open-tunnel.ts";
import type { AgentSession } from "../session.ts";
import { type CommandPreset, fillIn, type Placeholders } from "./preset.ts";

const KIND = extname(import.meta.url);
/** Files for HOME, which itself is where nothing can be put before the start. */
const HOME_FILES = "loopty/home";
export const HOME = "/tmp/home";

/** Nothing but Node is needed where the agent's program is the image's own. */
const NODE_ALONE = { specs: [], programs: {} };

/** The packages, the forwarder, `loopty-node`, and what goes into HOME. */
export async function equipmentOf(preset: CommandPreset, values: Placeholders): Promise<Equipment> {
  const own = `loopty-node${KIND}`;
  const start = `#!/bin/sh\nexec ${PACKAGES_FOLDER}/bin/node /loopty/node/${own} "$@"\n`;
  const files: EquipmentFile[] = [
    ...(await forwarderFiles()),
    {
      path: `loopty/node/${own}`,
      content: await readFile(new URL(`./${own}`, import.meta.url)),
      mode: 0o444,
    },
    { path: "loopty/node/package.json", content: Buffer.from('{"type":"module"}\n'), mode: 0o444 },
    { path: "loopty/bin/loopty-node", content: Buffer.from(start), mode: 0o555 },
    ...Object.entries(preset.files).map(([path, text]) => ({
      path: `${HOME_FILES}/${path}`,
      content: Buffer.from(fillIn(text, values)),
      mode: 0o444 as const,
    })),
  ];
  return { packages: preset.packages ?? NODE_ALONE, files };
}

/** Sessions of the container before, where the agent's own user may put files. */
const SESSION_FILE = "/tmp/loopty-session.tar";
const MAX_SESSION_BYTES = 16 * 1024 ** 2;
const PACK_MS = 60_000;

const START = [
  `mkdir -p ${HOME}`,
  `[ ! -f ${SESSION_FILE} ] || tar -C ${HOME} -xf ${SESSION_FILE}`,
  `[ ! -d /${HOME_FILES} ] || { cp -R /${HOME_FILES}/. ${HOME}/ && chmod -R u+w ${HOME}; }`,
  `PATH="/loopty/bin:$PATH:${PACKAGES_FOLDER}/bin:${PACKAGES_FOLDER}/node_modules/.bin" exec "$@" </dev/null`,
].join("\n");

/** A command in the agent's HOME and with loopty's own programs. The image's come first, as the project may need them. */
export function startOf(argv: readonly string[]): string[] {
  return ["/bin/sh", "-c", START, "sh", ...argv];
}

/**
 * What a command line has said so far, for its next container; `null` where there is nothing, or too much. loopty itself
 * never looks into it.
 */
export async function takeSession(session: AgentSession, folder: string): Promise<Buffer | null> {
  const pack = `tar -C ${HOME} -cf ${SESSION_FILE} ${folder} && [ $(wc -c < ${SESSION_FILE}) -le ${MAX_SESSION_BYTES} ]`;
  const { exitCode } = await session.run(pack, PACK_MS);
  return exitCode === 0 ? session.readFile(SESSION_FILE) : null;
}

/** Puts it into the next container, where the command line is not started yet. */
export async function giveSession(session: AgentSession, said: Buffer): Promise<boolean> {
  return (await session.writeFile(SESSION_FILE, said)).kind === "written";
}
