#!/usr/bin/env node
import { readFileSync } from "node:fs";
import {
  Command,
  CommanderError,
  InvalidArgumentError,
  Option,
  type OptionValues,
} from "commander";
import { EXIT, type ExitCode, reportFailure } from "./cli/exit.ts";
import type { World } from "./cli/world.ts";

// Each command's code is loaded when it runs: `--help` must not wait for an engine's client.

type Start = (world: World, options: OptionValues, ...args: string[]) => Promise<ExitCode>;

const stop = new AbortController();

function onSignal(): void {
  // Asked twice: containers may be left, and the next run or `loopty clean` removes them.
  if (stop.signal.aborted) process.exit(EXIT.interrupted);
  process.stderr.write("stopping...\n");
  stop.abort();
}

function act(start: Start) {
  return async function (this: Command): Promise<void> {
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    const { processWorld } = await import("./cli/world.ts");
    const world = processWorld(stop.signal);
    try {
      process.exitCode = await start(world, this.optsWithGlobals(), ...this.args);
    } catch (error) {
      process.exitCode = await reportFailure(error, world);
    }
    // What an engine keeps open must not keep the process after it was told to stop.
    if (stop.signal.aborted) process.exit();
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return String(version);
}

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
  act(async (world, options) => (await import("./cli/init.ts")).init(world, options)),
);

printing("doctor", "check engine, config, build and everything else that a run needs").action(
  act(async (world, options) => (await import("./cli/doctor.ts")).doctor(world, options)),
);

printing("run", "grow a tree of experiments and measure its champion")
  .option("--resume", "go on with the last run")
  .option("--dry-run", "show the first prompt and what a node may cost, and spend nothing")
  .option("--require-improvement", "exit with 3 unless the result is proven to be better")
  .action(
    act(async (world, options) =>
      options.dryRun
        ? (await import("./cli/dry-run.ts")).dryRun(world, options)
        : (await import("./cli/run.ts")).run(world, options),
    ),
  );

printing("runs", "list the runs of this project").action(
  act(async (world, options) => (await import("./cli/runs.ts")).runs(world, options)),
);

printing("tree", "draw the tree of a run")
  .option("--run <number>", "another run than the last", wholeNumber)
  .action(act(async (world, options) => (await import("./cli/tree.ts")).tree(world, options)));

printing("show <id>", "show what went into a node and what came out")
  .addOption(new Option("--log <step>", "one of its logs").choices(["build", "verify", "bench"]))
  .action(
    act(async (world, options, id) =>
      (await import("./cli/show.ts")).show(world, { ...options, id }),
    ),
  );

printing("diff <id> [other]", "show what a node changed, or what lies between two nodes").action(
  act(async (world, options, id, other?: string) =>
    (await import("./cli/diff.ts")).diff(world, {
      ...options,
      id,
      ...(other === undefined ? {} : { other }),
    }),
  ),
);

printing("context <id>", "print what the next child of a node would be told").action(
  act(async (world, options, id) =>
    (await import("./cli/context.ts")).context(world, { ...options, id }),
  ),
);

printing("reproduce <id>", "measure a node again and compare with its record").action(
  act(async (world, options, id) =>
    (await import("./cli/reproduce.ts")).reproduce(world, { ...options, id }),
  ),
);

printing("compare <from> <to>", "measure any two nodes of a run against each other").action(
  act(async (world, options, from, to = "") =>
    (await import("./cli/compare.ts")).compare(world, { ...options, from, to }),
  ),
);

command("shell <id>", "open a shell in a fresh container of a node").action(
  act(async (world, options, id) =>
    (await import("./cli/shell.ts")).shell(world, { ...options, id }),
  ),
);

printing("apply <id>", "write a node's change into the workspace, where that is clean").action(
  act(async (world, options, id) =>
    (await import("./cli/apply.ts")).apply(world, { ...options, id }),
  ),
);

printing("try", "make a change of your own a node, under the same policy")
  .requiredOption("--from <id>", "the node it starts from")
  .requiredOption("--patch <file>", "the change, as git diff writes it")
  .requiredOption("-m, --message <text>", "what it changes and why")
  .action(
    act(async (world, { from, patch, message, ...options }) =>
      (await import("./cli/try.ts")).tryPatch(world, { ...options, from, patch, message }),
    ),
  );

printing("export <id>", "take a node out of loopty")
  .option("--patch <file>", "its changes against the baseline; - for stdout")
  .option("--files <folder>", "its writable files, into a new folder")
  .option("--image <file>", "its image as a tar for docker load")
  .option("--recording <file>", "all that the agent of a run was asked and answered; id: the run")
  .action(
    act(async (world, { recording, ...options }, id) =>
      recording === undefined
        ? (await import("./cli/export.ts")).exportNode(world, { ...options, id })
        : (await import("./cli/recording.ts")).exportRecording(world, {
            ...options,
            id,
            recording,
          }),
    ),
  );

printing("clean", "remove this project's containers, volumes and images; records stay")
  .option("--keep-best <count>", "keep the images of so many best nodes of each run", wholeNumber)
  .option("--dry-run", "only say what would be removed")
  .action(act(async (world, options) => (await import("./cli/clean.ts")).clean(world, options)));

// `loopty tree | head` closes the pipe early: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has said what is wrong; help that was asked for is no error.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.fixable;
}
