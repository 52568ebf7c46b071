import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";

/** npm's word for a processor. */
export type NpmCpu = "x64" | "arm64";

const MAX_OUTPUT_BYTES = 16 * 1024 ** 2;

/**
 * Puts packages for Linux containers into a folder, whatever this machine is. It runs the user's own npm, so that its
 * registry, proxy and cache are used; no script of a package runs. Throws `UserError` where that fails.
 */
export async function installPackages(
  specs: readonly string[],
  cpu: NpmCpu,
  folder: string,
): Promise<void> {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--no-save"];
  const platform = ["--os=linux", `--cpu=${cpu}`, "--libc=glibc"];
  try {
    await promisify(execFile)(
      "npm",
      ["install", "--prefix", folder, ...options, ...platform, "--", ...specs],
      { cwd: folder, maxBuffer: MAX_OUTPUT_BYTES },
    );
  } catch (cause) {
    throw new UserError(
      `npm cannot install ${specs.join(" ")}: ${printable(messageOf(cause), 600)}`,
      { hint: "the packages of an agent are downloaded once, by the npm of this machine", cause },
    );
  }
}
