import { Option } from "commander";
import { UserError } from "../../core/error.ts";
import type { ChangeSource } from "../commands/running/try.ts";
import { AGENT_CLIENTS } from "../mcp/agent-client.ts";
import { duration, wholeNumber } from "./argument.ts";
import type { CommandTable } from "./table.ts";
import { version } from "./version.ts";

/** Commands that grow a tree. */
export function addRunning(table: CommandTable): void {
  table.group("Run and steer:");

  table
    .printing("run", "grow a tree of experiments and measure its champion")
    .addOption(new Option("--resume", "go on with the last run").conflicts("from"))
    .option("--from <id>", "start from the files of a node of any run, not from the workspace's")
    .option("--dry-run", "show the first prompt and what a node may cost, and spend nothing")
    .option("--serve", "show it in a browser meanwhile, as `loopty serve` does")
    .option("--require-improvement", "exit with 3 unless the result is proven to be better")
    .addOption(
      new Option(
        "--experiments <count>",
        "another budget.experiments than loopty.yaml's",
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option("--budget <tokens>", "another budget.tokens than loopty.yaml's").argParser(
        wholeNumber,
      ),
    )
    .addOption(
      new Option("--seed <number>", "another search.seed than loopty.yaml's, of a new run")
        .argParser(wholeNumber)
        .conflicts("resume"),
    )
    .option(
      "--machines <list>",
      "other machines than loopty.yaml's, such as local,ssh://me@big-box",
    )
    .option("--max-time <time>", "end in so long, such as 90m, with the result measured", duration)
    .addOption(
      new Option("--events", "print every event as a line of JSON").conflicts(["json", "dryRun"]),
    )
    .action(
      table.act(async (world, options) =>
        options.dryRun
          ? (await import("../commands/running/dry-run.ts")).dryRun(world, options)
          : (await import("../commands/running/run.ts")).run(world, options),
      ),
    );

  table
    .printing("stop", "have the running loopty finish what runs, measure the result and end")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/running/stop.ts")).stop(world, options),
      ),
    );

  table
    .printing(
      "pin <id>",
      "have a node, or an idea such as 1.3#2, come before any other, also in a loopty that runs",
    )
    .option("--remove", "expand it like any other again")
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/running/pin-and-freeze.ts")).pin(world, { ...options, id }),
      ),
    );

  table
    .printing("freeze <id>", "have a node never expanded, also in a loopty that runs")
    .option("--remove", "let it be expanded again")
    .action(
      table.act(async (world, options, id) =>
        (await import("../commands/running/pin-and-freeze.ts")).freeze(world, { ...options, id }),
      ),
    );

  table
    .printing("note <id> <text...>", "tell something to the agents that work on top of a node")
    .action(
      table.act(async (world, options, id, ...text) =>
        (await import("../commands/running/note.ts")).note(world, {
          ...options,
          id,
          text: text.join(" "),
        }),
      ),
    );

  table
    .command("mcp", "let your own agent drive loopty: a server of its protocol on stdin and stdout")
    .addOption(
      new Option(
        "--install <agent>",
        "show what the agent's own configuration needs to start it",
      ).choices(AGENT_CLIENTS),
    )
    .option("--yes", "with --install: write it")
    .addOption(
      new Option("--job <number>", "what the server starts for work that takes long")
        .argParser(wholeNumber)
        .hideHelp(),
    )
    .action(
      table.act(async (world, { job, install, yes = false, ...options }) => {
        if (install !== undefined) {
          const { mcpInstall } = await import("../commands/preparing/mcp-install.ts");
          return mcpInstall(world, { ...options, client: install, write: yes });
        }
        return job === undefined
          ? (await import("../commands/running/mcp.ts")).mcp(world, {
              ...options,
              version: version(),
            })
          : (await import("../commands/running/job.ts")).job(world, { ...options, number: job });
      }),
    );

  table
    .printing("try", "make a change of your own a node, under the same policy")
    .requiredOption("--from <id>", "the node it starts from")
    .addOption(new Option("--patch <file>", "the change, as git diff writes it").conflicts("dir"))
    .option("--dir <folder>", "the writable files of a folder as they stand, such as .")
    .requiredOption("-m, --message <text>", "what it changes and why")
    .action(
      table.act(async (world, { from, message, patch, dir, ...options }) =>
        (await import("../commands/running/try.ts")).tryOwn(world, {
          ...options,
          from,
          message,
          change: changeSource(patch, dir),
        }),
      ),
    );
}

function changeSource(patch: string | undefined, folder: string | undefined): ChangeSource {
  if (patch !== undefined) return { kind: "patch", path: patch };
  if (folder !== undefined) return { kind: "folder", path: folder };
  throw new UserError("try needs a change", {
    hint: "--patch FILE, or --dir . for the writable files as they stand",
  });
}
