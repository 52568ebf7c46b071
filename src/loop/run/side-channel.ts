import { workersOf } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import { isHiding } from "../../core/prompt/told-node.ts";

/** What closes it. */
export const SIDE_CHANNEL_HINT =
  "search.parallel: 1, sandbox.runtime: runsc (a kernel of its own for each container), or a second machine";

/** Runtimes whose containers share no kernel. */
const OWN_KERNEL = /runsc|gvisor|kata|firecracker/i;

/**
 * What no filter of the kernel's calls can close: waiting on a futex in a mapping of an image's file, code that has the hidden files and
 * an agent beside it reach each other by that file's inode. `null` where nothing is hidden, nothing runs beside, or no
 * kernel is shared.
 */
export function sideChannel(config: Config): string | null {
  const { access, sandbox } = config;
  const workers = workersOf(config);
  if (!isHiding(access) || workers < 2 || OWN_KERNEL.test(sandbox.runtime ?? "")) return null;
  return `agents work beside verify and the benchmark (search.parallel ${workers}), which have the hidden files: code of both can signal through the kernel that they share`;
}
