import { UserError } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";
import type { ExperimentNode } from "../../../core/tree/node.ts";
import { CodeRepository } from "../../../store/git/code-repository.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import {
  findNode,
  type ProjectOptions,
  requireProject,
  type StoredNode,
} from "../../project/stored-project.ts";
import { jsonBytes, printBytes, printJson } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface DiffOptions extends ProjectOptions {
  readonly id: string;
  /** The node to compare with. The parent's stored diff is shown when it is left out. */
  readonly other?: string | undefined;
  readonly json?: boolean;
}

/** Shows what a node changed against its parent, or what lies between two nodes. */
export async function diff(world: World, options: DiffOptions): Promise<ExitCode> {
  const project = await requireProject(world, options);
  const first = await findNode(project, options.id);
  const second = options.other === undefined ? null : await findNode(project, options.other);
  const [from, to] =
    second === null ? [first.node.parent, first.node.id] : [first.node.id, second.node.id];
  let patch: Buffer;
  if (second === null) {
    patch = await storedPatch(first);
  } else {
    const code = await CodeRepository.open(project.codeFolder, world.env.PATH ?? "");
    patch = (await code.diff(commitOf(first.node), commitOf(second.node))).patch;
  }
  if (options.json) printJson(world.stdout, { from, to, ...jsonBytes(patch) });
  else printBytes(world.stdout, patch);
  return EXIT.done;
}

async function storedPatch({ run, node }: StoredNode): Promise<Buffer> {
  const patch = await run.readNodeFile(node.id, "diff.patch");
  if (patch === null) throw withoutFiles(node);
  return patch;
}

/** The commit with a node's files. Throws `UserError` for a node that ended without any. */
export function commitOf(node: ExperimentNode): string {
  if (node.commit === null) throw withoutFiles(node);
  return node.commit;
}

function withoutFiles({ id, reason }: ExperimentNode): UserError {
  return new UserError(
    `${id} has no stored change${reason === "" ? "" : `: ${printable(reason)}`}`,
  );
}
