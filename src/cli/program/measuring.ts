import { wholeNumber } from "./argument.ts";
import type { CommandTable } from "./table.ts";

/** Commands that start containers of nodes. */
export function addMeasuring(table: CommandTable): void {
  table.group("Measure again:");

  table
    .printing("compare <from> <to>", "measure any two nodes of a run against each other")
    .action(
      table.act(async (world, options, from, to = "") =>
        (await import("../commands/measuring/compare.ts")).compare(world, { ...options, from, to }),
      ),
    );

  table
    .printing("reproduce <id>", "measure a node again, by its record or by its image alone")
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/measuring/reproduce.ts")).reproduce(world, { ...options, id }),
      ),
    );

  table
    .printing("distill [id]", "find the smallest part of a node's change that is not worse")
    .option("--tries <number>", "how many variants may be measured; 24 when left out", wholeNumber)
    .action(
      table.act(async (world, options, id?: string) =>
        (await import("../commands/running/distill.ts")).distill(world, {
          ...options,
          ...(id === undefined ? {} : { id }),
        }),
      ),
    );

  table
    .command("shell <id>", "open a shell in a fresh container of a node")
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/measuring/shell.ts")).shell(world, { ...options, id }),
      ),
    );
}
