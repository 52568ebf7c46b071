import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, UserError } from "../../../core/error.ts";
import { writeWholeFile } from "../../../store/files/atomic-file.ts";
import { errorCode } from "../../../store/files/disk-error.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { type AgentClient, clientConfig, withEntry } from "../../mcp/agent-client.ts";
import { type ProjectOptions, projectDirectory } from "../../project/stored-project.ts";
import { printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface McpInstallOptions extends ProjectOptions {
  readonly client: AgentClient;
  /** Writes it. Otherwise it is only shown. */
  readonly write: boolean;
}

/** Shows what an agent's own configuration needs so that it starts `loopty mcp`, and writes it when asked to. */
export async function mcpInstall(world: World, options: McpInstallOptions): Promise<ExitCode> {
  const config = clientConfig(options.client, projectDirectory(world, options), world.home);
  const { file } = config;
  const before = await readFile(file, "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw new UserError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  });
  let after: string | null;
  try {
    after = withEntry(config, before);
  } catch (cause) {
    throw new UserError(`${file} cannot be understood: ${messageOf(cause)}`, {
      hint: `add the server there by hand: ${JSON.stringify(config.entry)}`,
      cause,
    });
  }
  if (after === null) {
    printLines(world.stdout, [`${file} names loopty already`]);
    return EXIT.done;
  }
  printLines(world.stdout, [`${file}:`, after.trimEnd()]);
  if (!options.write) {
    printLines(world.stderr, [`nothing was written: loopty mcp --install ${options.client} --yes`]);
    return EXIT.done;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeWholeFile(file, after);
  printLines(world.stderr, [`written; start ${options.client} anew`]);
  return EXIT.done;
}
