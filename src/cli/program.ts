import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { parseDuration } from "../config/quantity.ts";
import { UserError } from "../core/error.ts";
import type { ExitCode } from "./exit.ts";
import type { World } from "./world.ts";

// Each command's code is loaded when it runs: `--help` must not wait for an engine's client.

export type Start = (world: World, options: OptionValues, ...args: string[]) => Promise<ExitCode>;

/** What commander calls for a command, made from what the command does. */
export type Act = (start: Start) => (this: Command) => Promise<void>;

/** Every command with its arguments and options. Parsing throws `CommanderError` for what there is not, and for help. */
export function commandLine(act: Act): Command {
  const program = new Command("loopty")
    .description(
      "Optimizes code with an agent in the loop: every change is built, verified and measured",
    )
    .option("--config <file>", "another file than loopty.yaml")
    .version(version())
    .showHelpAfterError("(loopty --help shows what there is)")
    .exitOverride();

  /** A command; all but the interactive ones can print JSON. */
  function command(usage: string, description: string): Command {
    return program.command(usage).description(description);
  }

  function printing(usage: string, description: string): Command {
    return command(usage, description).option("--json", "print one JSON document");
  }

  printing("init", "write a commented loopty.yaml for the project in this folder").action(
    act(async (world, options) => (await import("./init.ts")).init(world, options)),
  );

  printing("doctor", "check engine, config, build and everything else that a run needs")
    .option("--measure", "measure the baseline against itself: what verdicts see here, and cost")
    .addOption(
      new Option(
        "--attack",
        "attack your own grader with harmless code: what it would believe",
      ).conflicts("measure"),
    )
    .action(
      act(async (world, options) =>
        options.attack
          ? (await import("./doctor-attack.ts")).doctorAttack(world, options)
          : (await import("./doctor.ts")).doctor(world, options),
      ),
    );

  printing("run", "grow a tree of experiments and measure its champion")
    .addOption(new Option("--resume", "go on with the last run").conflicts("from"))
    .option("--from <id>", "start from the files of a node of any run, not from the workspace's")
    .option("--dry-run", "show the first prompt and what a node may cost, and spend nothing")
    .option("--serve", "show it in a browser meanwhile, as `loopty serve` does")
    .option("--require-improvement", "exit with 3 unless the result is proven to be better")
    .option("--max-time <time>", "end in so long, such as 90m, with the result measured", duration)
    .addOption(
      new Option("--events", "print every event as a line of JSON").conflicts(["json", "dryRun"]),
    )
    .action(
      act(async (world, options) =>
        options.dryRun
          ? (await import("./dry-run.ts")).dryRun(world, options)
          : (await import("./run.ts")).run(world, options),
      ),
    );

  printing("serve", "show all runs in a browser, live, on this machine alone")
    .option("--port <number>", "another port than 4747", wholeNumber)
    .action(act(async (world, options) => (await import("./serve.ts")).serve(world, options)));

  printing("runs", "list the runs of this project").action(
    act(async (world, options) => (await import("./runs.ts")).runs(world, options)),
  );

  printing("tree", "draw the tree of a run")
    .option("--run <number>", "another run than the last", wholeNumber)
    .option(
      "--best [count]",
      "only the lineages of so many best nodes; 1 when left out",
      wholeNumber,
    )
    .option("--depth <levels>", "only so many levels below the baseline", wholeNumber)
    .option("--verdict <list>", "only nodes with these verdicts, such as improved,worse")
    .option("--all", "every node, also those that led nowhere")
    .action(act(async (world, options) => (await import("./tree.ts")).tree(world, options)));

  printing("show <id>", "show what went into a node and what came out")
    .addOption(new Option("--log <step>", "one of its logs").choices(["build", "verify", "bench"]))
    .action(
      act(async (world, options, id) =>
        (await import("./show.ts")).show(world, { ...options, id }),
      ),
    );

  printing("diff <id> [other]", "show what a node changed, or what lies between two nodes").action(
    act(async (world, options, id, other?: string) =>
      (await import("./diff.ts")).diff(world, {
        ...options,
        id,
        ...(other === undefined ? {} : { other }),
      }),
    ),
  );

  printing("context <id>", "print what the next child of a node would be told").action(
    act(async (world, options, id) =>
      (await import("./context.ts")).context(world, { ...options, id }),
    ),
  );

  printing("reproduce <id>", "measure a node again and compare with its record").action(
    act(async (world, options, id) =>
      (await import("./reproduce.ts")).reproduce(world, { ...options, id }),
    ),
  );

  printing("compare <from> <to>", "measure any two nodes of a run against each other").action(
    act(async (world, options, from, to = "") =>
      (await import("./compare.ts")).compare(world, { ...options, from, to }),
    ),
  );

  printing("pin <id>", "have a node expanded before any other, also in a loopty that runs")
    .option("--remove", "expand it like any other again")
    .action(
      act(async (world, options, id) => (await import("./pin.ts")).pin(world, { ...options, id })),
    );

  printing("freeze <id>", "have a node never expanded, also in a loopty that runs")
    .option("--remove", "let it be expanded again")
    .action(
      act(async (world, options, id) =>
        (await import("./freeze.ts")).freeze(world, { ...options, id }),
      ),
    );

  printing("note <id> <text...>", "tell something to the agents that work on top of a node").action(
    act(async (world, options, id, ...text) =>
      (await import("./note.ts")).note(world, { ...options, id, text: text.join(" ") }),
    ),
  );

  printing("stop", "have the running loopty finish what runs, measure the result and end").action(
    act(async (world, options) => (await import("./stop.ts")).stop(world, options)),
  );

  command("shell <id>", "open a shell in a fresh container of a node").action(
    act(async (world, options, id) =>
      (await import("./shell.ts")).shell(world, { ...options, id }),
    ),
  );

  printing("apply <id>", "write a node's change into the workspace, where that is clean").action(
    act(async (world, options, id) =>
      (await import("./apply.ts")).apply(world, { ...options, id }),
    ),
  );

  printing("try", "make a change of your own a node, under the same policy")
    .requiredOption("--from <id>", "the node it starts from")
    .requiredOption("--patch <file>", "the change, as git diff writes it")
    .requiredOption("-m, --message <text>", "what it changes and why")
    .action(
      act(async (world, { from, patch, message, ...options }) =>
        (await import("./try.ts")).tryPatch(world, { ...options, from, patch, message }),
      ),
    );

  printing(
    "report [run]",
    "show a run to others: one HTML file with its pictures, without a server",
  )
    .option(
      "-o, --output <file>",
      "another file than report.html beside the run's records; - for stdout",
    )
    .addOption(new Option("--markdown", "for a pull request, to stdout").conflicts("svg"))
    .addOption(
      new Option(
        "--svg <name>",
        "the pictures alone, as name-light.svg and name-dark.svg for a README",
      ).conflicts("output"),
    )
    .action(
      act(async (world, options, run?: string) =>
        (await import("./report.ts")).report(world, {
          ...options,
          ...(run === undefined ? {} : { run }),
        }),
      ),
    );

  printing("export [id]", "take a node out of loopty, or the figures of whole runs")
    .option("--patch <file>", "its changes against the baseline; - for stdout")
    .option("--files <folder>", "its writable files, into a new folder")
    .option("--image <file>", "its image as a tar for docker load")
    .option("--recording <file>", "all that the agent of a run was asked and answered; id: the run")
    .addOption(
      new Option("--csv [rows]", "a table of all nodes, or pairs, to stdout; id: a run, or all")
        .choices(["nodes", "pairs"])
        .preset("nodes")
        .conflicts(["patch", "files", "image", "recording", "json"]),
    )
    .action(
      act(async (world, { recording, csv, ...options }, id?: string) => {
        if (csv !== undefined) {
          const of = id === undefined ? {} : { id };
          return (await import("./export-csv.ts")).exportCsv(world, { ...options, ...of, csv });
        }
        if (id === undefined) {
          throw new UserError("say which node to export", { hint: "loopty tree shows their ids" });
        }
        return recording === undefined
          ? (await import("./export.ts")).exportNode(world, { ...options, id })
          : (await import("./recording.ts")).exportRecording(world, { ...options, id, recording });
      }),
    );

  printing("clean", "remove this project's containers, volumes and images; records stay")
    .option("--keep-best <count>", "keep the images of so many best nodes of each run", wholeNumber)
    .option("--dry-run", "only say what would be removed")
    .action(act(async (world, options) => (await import("./clean.ts")).clean(world, options)));
  return program;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** In milliseconds. */
function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError("It must be a time such as 90m or 1h30m.");
  return ms;
}

function version(): string {
  const { version } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  return String(version);
}
