import { Option } from "commander";
import { wholeNumber } from "./argument.ts";
import type { CommandTable } from "./table.ts";

/** Commands that only read. */
export function addLooking(table: CommandTable): void {
  table.group("Look:");

  table
    .printing("runs", "list the runs of this project")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/looking/runs.ts")).runs(world, options),
      ),
    );

  table
    .printing("tree", "draw the tree of a run")
    .option("--run <number>", "another run than the last", wholeNumber)
    .option(
      "--best [count]",
      "only the lineages of so many best nodes; 1 when left out",
      wholeNumber,
    )
    .option("--depth <levels>", "only so many levels below the baseline", wholeNumber)
    .option("--verdict <list>", "only nodes with these verdicts, such as improved,worse")
    .option("--all", "every node, also those that led nowhere")
    .option("--ideas", "what agents would have tried next and nobody took, instead of the tree")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/looking/tree.ts")).tree(world, options),
      ),
    );

  table
    .printing("machines", "list the machines of a run: their noise, what runs there, losses")
    .option("--run <number>", "another run than the last", wholeNumber)
    .action(
      table.act(async (world, options) =>
        (await import("../commands/looking/machines.ts")).machines(world, options),
      ),
    );

  table
    .printing("show <id>", "show what went into a node and what came out")
    .addOption(new Option("--log <step>", "one of its logs").choices(["build", "verify", "bench"]))
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/looking/show.ts")).show(world, { ...options, id }),
      ),
    );

  table
    .printing("diff <id> [other]", "show what a node changed, or what lies between two nodes")
    .action(
      table.act(async (world, options, id, other?: string) =>
        (await import("../commands/looking/diff.ts")).diff(world, {
          ...options,
          id,
          ...(other === undefined ? {} : { other }),
        }),
      ),
    );

  table
    .printing("context <id>", "print what the next child of a node would be told")
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/looking/context.ts")).context(world, { ...options, id }),
      ),
    );

  table
    .printing("serve", "show all runs in a browser, live, on this machine alone")
    .option("--port <number>", "another port than 4747", wholeNumber)
    .option("--open", "open it in the browser of this machine")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/looking/serve.ts")).serve(world, options),
      ),
    );
}
