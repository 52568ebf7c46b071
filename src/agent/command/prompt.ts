import type { ContextText } from "../../core/prompt/prompt.ts";
import { dataBlock, dataLine } from "../../core/prompt/section.ts";
import { printable } from "../../core/text/printable.ts";
import type { ChangeFailure } from "../agent.ts";

// What a command line is told besides the context that every agent gets.

/** Its own tools stand in for those that the context speaks of. */
const COMMAND_LINE = `<command_line>
You work in /workspace with the tools of your own command line: they stand for run, view, edit and write above.
The other tools are those of the MCP server "loopty" where you have it. They are a program, too, which needs no network:
- /loopty/bin/loopty-node quick_bench: a short benchmark of the files as they are, against the parent. Only a few per experiment.
- /loopty/bin/loopty-node build: the project's own build, as it is built for the measurement.
- /loopty/bin/loopty-node history: the experiments before this one, a line each; history '{"id": "1.3"}' tells all of one.
- /loopty/bin/loopty-node finish '{"outcome": "ready", "description": "...", "hypothesis": "..."}': ends the experiment. "outcome" is ready
  or abandon; "analysis" and "next_ideas" (a list) are optional. After it, end your turn.
Do not wait for anybody's answer: nobody reads along. Nothing but calls of your own model leaves this container.
</command_line>`;

export function firstPrompt({ system, shared, task }: ContextText): string {
  return [system, shared, COMMAND_LINE, task].filter((text) => text !== "").join("\n\n");
}

/** For a new conversation, which knows nothing of the one before. */
export function repairPrompt(
  context: ContextText,
  { step, reason, log }: ChangeFailure,
  description: string,
): string {
  const shown = dataBlock(log).trimEnd();
  return [
    firstPrompt(context),
    `You made a change in this experiment already: ${dataLine(printable(description))}. It is in the files as they are. In a fresh container, ${step} failed on it: ${dataLine(printable(reason))}`,
    ...(shown === "" ? [] : [shown]),
    "Mend the change and call finish again, or abandon it.",
  ].join("\n\n");
}
