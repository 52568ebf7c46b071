import type { Command, OptionValues } from "commander";
import type { ExitCode } from "../exit.ts";
import type { World } from "../world.ts";

export type Start = (world: World, options: OptionValues, ...args: string[]) => Promise<ExitCode>;

/** The function that commander calls for a command, made from what the command does. */
export type Act = (start: Start) => (this: Command) => Promise<void>;

/**
 * The table that commands are added to. A command's code is loaded when it runs: `--help` must not wait for an engine's
 * client.
 */
export class CommandTable {
  readonly #program: Command;
  readonly act: Act;

  constructor(program: Command, act: Act) {
    this.#program = program;
    this.act = act;
  }

  /** Commands from here on stand under this heading. */
  group(heading: string): void {
    this.#program.commandsGroup(heading);
  }

  /** Adds an interactive command. */
  command(usage: string, description: string): Command {
    return this.#program.command(usage).description(description);
  }

  printing(usage: string, description: string): Command {
    return this.command(usage, description).option("--json", "print one JSON document");
  }
}
