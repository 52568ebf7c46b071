import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import type { Asked, Script } from "../../anthropic/server.ts";
import { abandon, ready } from "../claude/scripted.ts";

/** The id that the prompt tells. */
function idIn({ opening }: Asked): string {
  const id = /Experiment (\d+(?:\.\d+)+), on top of/.exec(opening)?.[1];
  if (id === undefined) throw new Error("the prompt names no experiment");
  return id;
}

function writes(path: string, content: string): Reply {
  return says(text("I change that."), use("write", { path, content }));
}

/** Answers turn by turn. Each is given the size to write and the last one that was meant to be a gain. */
const IDEAS: readonly ((size: number, last: number) => readonly Reply[])[] = [
  (size) => [writes("src/size", `${size}\n`), ready("Smaller")],
  (size) => [
    writes("src/size", ""),
    ready("Does not build at first"),
    writes("src/size", `${size}\n`),
    ready("Mended"),
  ],
  (_, last) => [writes("src/size", `${last}\n`), ready("Was there before")],
  (size) => [writes("src/answer", `${size}\n`), ready("Wrong"), abandon("It cannot be mended.")],
];

/**
 * A model that has one idea after the other: a gain (or a loss, where it has no `gains`), one that must be repaired, one that was
 * there before, one that does not pass verify. A node keeps its idea; who was interrupted has lost it.
 */
export function modelWithIdeas(firstSize: number, { gains }: { readonly gains: boolean }): Script {
  const ideas = new Map<string, readonly Reply[]>();
  let size = firstSize;
  let last = firstSize;
  return (asked) => {
    if (asked.last.includes("Answer in plain text")) return says(text("That was to be expected."));
    const id = idIn(asked);
    const known = ideas.get(id);
    const idea = ideas.size % IDEAS.length;
    const steps = known ?? IDEAS[idea]?.(gains ? --size : ++size, last) ?? [];
    if (known === undefined && idea < 2) last = size;
    ideas.set(id, steps);
    return steps[asked.turn] ?? abandon("no other idea");
  };
}
