import { Option } from "commander";
import { UserError } from "../../core/error.ts";
import { wholeNumber } from "./argument.ts";
import type { CommandTable } from "./table.ts";

/** Commands that take something out of loopty. */
export function addTaking(table: CommandTable): void {
  table.group("Take away:");

  table
    .printing(
      "apply [id]",
      "write a node's change into the workspace, where that is clean; the champion's without id",
    )
    .option("--distilled", "what `loopty distill` left of it, instead of all of it")
    .option("--force", "also files that tools obey, and nodes that failed, are worse or unfinished")
    .action(
      table.act(async (world, options, id?: string) =>
        (await import("../commands/taking/apply.ts")).apply(world, {
          ...options,
          ...(id === undefined ? {} : { id }),
        }),
      ),
    );

  table
    .printing(
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
      table.act(async (world, options, run?: string) =>
        (await import("../commands/taking/report.ts")).report(world, {
          ...options,
          ...(run === undefined ? {} : { run }),
        }),
      ),
    );

  table
    .printing("export [id]", "take a node out of loopty, or the figures of whole runs")
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
    .addOption(
      new Option(
        "--github-benchmark [better]",
        "what github-action-benchmark takes, to stdout: smaller or bigger is better; id: a run",
      )
        .choices(["smaller", "bigger"])
        .preset("smaller")
        .conflicts(["patch", "files", "image", "recording", "csv"]),
    )
    .action(
      table.act(async (world, { recording, csv, githubBenchmark, ...options }, id?: string) => {
        if (githubBenchmark !== undefined) {
          const of = id === undefined ? {} : { id };
          const { exportGithubBenchmark } = await import("../export/github-benchmark.ts");
          return exportGithubBenchmark(world, { ...options, ...of, githubBenchmark });
        }
        if (csv !== undefined) {
          const of = id === undefined ? {} : { id };
          return (await import("../export/csv.ts")).exportCsv(world, {
            ...options,
            ...of,
            csv,
          });
        }
        if (id === undefined) {
          throw new UserError("say which node to export", { hint: "loopty tree shows their ids" });
        }
        return recording === undefined
          ? (await import("../commands/taking/export.ts")).exportNode(world, { ...options, id })
          : (await import("../export/recording.ts")).exportRecording(world, {
              ...options,
              id,
              recording,
            });
      }),
    );

  table
    .printing("clean", "remove this project's containers, volumes and images; records stay")
    .option("--keep-best <count>", "keep the images of so many best nodes of each run", wholeNumber)
    .option("--dry-run", "only say what would be removed")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/taking/clean.ts")).clean(world, options),
      ),
    );
}
