import { UserError } from "../../../core/error.ts";
import { formatCount } from "../../../core/text/number.ts";
import { MAX_NOTE_LENGTH } from "../../../core/tree/steering.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { heardText, postOrder } from "../../project/steering.ts";
import { findNode, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface NoteOptions extends ProjectOptions {
  readonly id: string;
  readonly text: string;
  readonly json?: boolean;
}

/** Passes a text to every agent that starts on top of a node from now on, however far below. */
export async function note(world: World, options: NoteOptions): Promise<ExitCode> {
  const text = options.text.trim();
  if (text === "") throw new UserError("a note needs a text");
  if (text.length > MAX_NOTE_LENGTH) {
    const limit = `${formatCount(MAX_NOTE_LENGTH)} characters`;
    throw new UserError(`a note has at most ${limit}`, {
      hint: "what every agent must know belongs into the statement",
    });
  }
  const project = await requireProject(world, options);
  const { run, node } = await findNode(project, options.id);
  const { id } = node;
  const heard = await postOrder(world, project, run, { kind: "note", id, text });
  if (options.json) printJson(world.stdout, { order: "note", id, text, heard });
  else {
    const told = `noted: agents that start on top of ${id} are told`;
    printLines(world.stdout, [told, heardText(heard)]);
  }
  return EXIT.done;
}
