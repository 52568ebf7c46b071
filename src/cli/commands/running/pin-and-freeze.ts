import { UserError } from "../../../core/error.ts";
import { canHaveChildren } from "../../../core/search/selection.ts";
import { printable } from "../../../core/text/printable.ts";
import { ideasOf } from "../../../core/tree/lesson.ts";
import { isLost } from "../../../core/tree/verdict.ts";
import { verdictWord } from "../../../core/views/node.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { heardText, postOrder } from "../../project/steering.ts";
import { findNode, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

/** Such as `1.3#2`. */
const IDEA = /^(.+)#([1-9]\d{0,3})$/;

export interface MarkOptions extends ProjectOptions {
  /** Of a node; of an idea too where it is to be pinned. */
  readonly id: string;
  /** Removes the mark. */
  readonly remove?: boolean;
  readonly json?: boolean;
}

/**
 * Has a node expanded before any other, as long as it may have children. Of several pinned ones the better and less
 * tried comes first.
 */
export async function pin(world: World, options: MarkOptions): Promise<ExitCode> {
  const [, id, number] = IDEA.exec(options.id) ?? [];
  if (id !== undefined) return pinIdea(world, { ...options, id }, Number(number));
  const found = await nodeOf(world, options);
  const { node } = found;
  if (!options.remove && node.phase === "finished" && !canHaveChildren(node)) {
    throw new UserError(`${node.id} can have no children: ${verdictWord(node)}`, {
      hint: "pin its parent, and say by loopty note what to do otherwise",
    });
  }
  return options.remove
    ? mark(world, options, found, "unpin", "is no longer pinned")
    : mark(world, options, found, "pin", "is pinned: it is expanded before any other");
}

/** Has the next child of the idea's node try it, before anything else. */
async function pinIdea(world: World, options: MarkOptions, number: number): Promise<ExitCode> {
  const { project, run, node } = await nodeOf(world, options);
  const name = `${node.id}#${number}`;
  const idea = ideasOf(run.nodes).find((each) => each.name === name);
  if (idea === undefined) {
    throw new UserError(`${node.id} has no idea ${number}`, {
      hint: "`loopty tree --ideas` lists those that nobody took",
    });
  }
  const kind = options.remove ? "unpin_idea" : "pin_idea";
  if (!options.remove && idea.takers.some(({ verdict }) => !isLost(verdict))) {
    const takers = idea.takers.map((taker) => taker.id).join(", ");
    throw new UserError(`${name} was taken by ${takers}`, {
      hint: `loopty note ${node.id} TEXT tells the agents after it something`,
    });
  }
  if (!options.remove && !canHaveChildren(node)) {
    throw new UserError(`${node.id} can have no children: ${verdictWord(node)}`, {
      hint: `loopty note ID "${printable(idea.text)}" gives the idea to another node`,
    });
  }
  const heard = await postOrder(world, project, run, { kind, id: node.id, number });
  const text = options.remove ? "is no longer to be tried next" : "is to be tried next";
  if (options.json) printJson(world.stdout, { order: kind, id: node.id, number, heard });
  else printLines(world.stdout, [`${name} ${text}`, heardText(heard)]);
  return EXIT.done;
}

/** Keeps a node from being expanded again. What runs on top of it is finished, and its children may be expanded. */
export async function freeze(world: World, options: MarkOptions): Promise<ExitCode> {
  const found = await nodeOf(world, options);
  return options.remove
    ? mark(world, options, found, "unfreeze", "is no longer frozen")
    : mark(world, options, found, "freeze", "is frozen: it is not expanded any more");
}

async function nodeOf(world: World, options: MarkOptions) {
  const project = await requireProject(world, options);
  return { project, ...(await findNode(project, options.id)) };
}

async function mark(
  world: World,
  options: MarkOptions,
  { project, run, node }: Awaited<ReturnType<typeof nodeOf>>,
  kind: "pin" | "unpin" | "freeze" | "unfreeze",
  text: string,
): Promise<ExitCode> {
  const { id } = node;
  const heard = await postOrder(world, project, run, { kind, id });
  if (options.json) printJson(world.stdout, { order: kind, id, heard });
  else printLines(world.stdout, [`${id} ${text}`, heardText(heard)]);
  return EXIT.done;
}
