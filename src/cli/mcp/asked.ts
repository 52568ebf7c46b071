import type { Ask } from "../../mcp/desk.ts";
import { context } from "../commands/looking/context.ts";
import { diff } from "../commands/looking/diff.ts";
import { runs } from "../commands/looking/runs.ts";
import { show } from "../commands/looking/show.ts";
import { tree } from "../commands/looking/tree.ts";
import { note } from "../commands/running/note.ts";
import { freeze, pin } from "../commands/running/pin-and-freeze.ts";
import { stop } from "../commands/running/stop.ts";
import { apply } from "../commands/taking/apply.ts";
import { initCheck } from "../doctor/init-check.ts";
import type { ExitCode } from "../exit.ts";
import type { ProjectOptions } from "../project/stored-project.ts";
import type { World } from "../world.ts";

/** Does what somebody asked for, as if it were typed. */
export function carryOut(
  world: World,
  asked: Ask,
  options: ProjectOptions & { readonly json: boolean },
): Promise<ExitCode> {
  switch (asked.command) {
    case "runs":
      return runs(world, options);
    case "tree":
      return tree(world, { ...options, ...asked });
    case "show":
      return show(world, { ...options, ...asked });
    case "diff":
      return diff(world, { ...options, ...asked });
    case "context":
      return context(world, { ...options, ...asked });
    case "note":
      return note(world, { ...options, ...asked });
    case "pin":
      return pin(world, { ...options, ...asked });
    case "freeze":
      return freeze(world, { ...options, ...asked });
    case "stop":
      return stop(world, options);
    case "init_check":
      return initCheck(world, options);
    case "apply":
      return apply(world, { ...options, ...asked });
  }
}
