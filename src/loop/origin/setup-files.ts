import { UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";
import type { Base } from "../../sandbox/sandbox.ts";
import type { DividedWorkspace } from "./workspace.ts";

/** `setup` may not make what the agent may change, or a node's state would not be its own files alone. */
export function checkSetupFiles({ policy, isIgnored }: DividedWorkspace, base: Base): void {
  const made = base.tree.find(
    ({ path, kind }) => kind === "file" && policy.accessOf(path) === "writable" && !isIgnored(path),
  );
  if (made === undefined) return;
  throw new UserError(`setup made ${printable(made.path)}, which access.writable names`, {
    hint: "name it in access.readable, ignore it in .gitignore, or make it in commands.build",
  });
}
