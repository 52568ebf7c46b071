import { useState } from "preact/hooks";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";

/** A tag with any other character is not loopty's own, and nothing to paste into a shell. */
const SAFE = /^[\w./:-]+$/;

/** What to type in a terminal. The page itself changes nothing. */
export function Commands({ node }: { readonly node: ExperimentNode }) {
  return (
    <section class="commands">
      <h3>in a terminal</h3>
      <ul>
        {commandsFor(node).map(([command, what]) => (
          <Command key={command} command={command} what={what} />
        ))}
      </ul>
    </section>
  );
}

function commandsFor({
  id,
  parent,
  snapshot,
}: ExperimentNode): readonly (readonly [command: string, what: string])[] {
  const commands: [string, string][] = [[`loopty show ${id}`, "the record as text"]];
  if (snapshot === null) return commands;
  commands.push([`loopty reproduce ${id}`, "measure it again and compare"]);
  commands.push([`loopty shell ${id}`, "a shell in a fresh container of it"]);
  if (parent !== null) {
    commands.push([`loopty apply ${id}`, "write its change into the workspace"]);
    commands.push([`loopty export ${id} --patch -`, "all changes since the baseline"]);
  }
  commands.push([`loopty pin ${id}`, "build on this node next"]);
  if (SAFE.test(snapshot.tag))
    commands.push([`docker run --rm ${snapshot.tag}`, "run it without loopty"]);
  return commands;
}

function Command({ command, what }: { readonly command: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <li>
      <button type="button" onClick={() => void copy()} aria-label={`copy ${command}`}>
        {copied ? "copied" : "copy"}
      </button>
      <code>{printable(command)}</code>
      <span class="note">{what}</span>
    </li>
  );
}
