import { Command, Option } from "commander";
import { addHelp } from "./help.ts";
import { addLooking } from "./looking.ts";
import { addMeasuring } from "./measuring.ts";
import { addPreparing } from "./preparing.ts";
import { addRunning } from "./running.ts";
import { type Act, CommandTable } from "./table.ts";
import { addTaking } from "./taking.ts";
import { version } from "./version.ts";

/** Every command with its arguments and options. Parsing throws `CommanderError` for unknown ones, and for help. */
export function commandLine(act: Act): Command {
  const program = new Command("loopty")
    .description(
      "Optimizes code with an agent in the loop: every change is built, verified and measured",
    )
    .option("--config <file>", "another file than loopty.yaml")
    .addOption(
      new Option(
        "--color <when>",
        "colours; by default on a terminal, unless NO_COLOR is set",
      ).choices(["auto", "always", "never"]),
    )
    .version(version())
    .showHelpAfterError("(loopty --help shows what there is)")
    .exitOverride();
  const table = new CommandTable(program, act);
  addPreparing(table);
  addRunning(table);
  addLooking(table);
  addMeasuring(table);
  addTaking(table);
  addHelp(table, program);
  return program;
}
