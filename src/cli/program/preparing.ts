import { Option } from "commander";
import { METRICS_FORMATS } from "../../core/metrics/formats/names.ts";
import type { CommandTable } from "./table.ts";

/** Commands before there is a run. */
export function addPreparing(table: CommandTable): void {
  table.group("Prepare:");

  table
    .printing("init", "write a commented loopty.yaml for the project in this folder")
    .action(
      table.act(async (world, options) =>
        (await import("../commands/preparing/init.ts")).init(world, options),
      ),
    );

  table
    .printing("doctor", "check engine, config, build and everything else that a run needs")
    .option("-v, --verbose", "show every warning, also those of one kind")
    .option("--measure", "measure the baseline against itself: what verdicts see here, and cost")
    .addOption(
      new Option(
        "--attack",
        "attack your own grader with harmless code: what it would believe",
      ).conflicts("measure"),
    )
    .action(
      table.act(async (world, options) =>
        options.attack
          ? (await import("../doctor/doctor-attack.ts")).doctorAttack(world, options)
          : (await import("../doctor/doctor.ts")).doctor(world, options),
      ),
    );

  table
    .printing(
      "metrics <file>",
      "show what loopty reads of a benchmark's output, without a container",
    )
    .addOption(
      new Option(
        "--format <format>",
        "how to read it; otherwise as loopty.yaml says, or by looking",
      ).choices(METRICS_FORMATS),
    )
    .action(
      table.act(async (world, options, file) =>
        (await import("../commands/preparing/metrics.ts")).metrics(world, { ...options, file }),
      ),
    );
}
