#!/usr/bin/env node
import { type Command, CommanderError } from "commander";
import { EXIT, reportFailure } from "./cli/exit.ts";
import { commandLine } from "./cli/program/program.ts";
import type { Start } from "./cli/program/table.ts";

const stop = new AbortController();

function onSignal(): void {
  // The user asked twice. Containers may be left, and the next run or `loopty clean` removes them.
  if (stop.signal.aborted) process.exit(EXIT.interrupted);
  process.stderr.write("stopping...\n");
  stop.abort();
}

function act(start: Start) {
  return async function (this: Command): Promise<void> {
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    chooseColor(this.optsWithGlobals().color);
    const { processWorld } = await import("./cli/process-world.ts");
    const world = processWorld(stop.signal);
    if (Object.keys(world.env).some((name) => /^(https?|all)_proxy$/i.test(name))) {
      (await import("./cli/proxy.ts")).useProxies(world.env);
    }
    try {
      process.exitCode = await start(world, this.optsWithGlobals(), ...this.args);
    } catch (error) {
      process.exitCode = await reportFailure(error, world);
    }
    // What an engine keeps open must not keep the process alive after it was asked to stop.
    if (stop.signal.aborted) process.exit();
  };
}

/** By the variables that say so to everything in this process: https://no-color.org, and Node's own. */
function chooseColor(when: unknown): void {
  if (when === "never") process.env.NO_COLOR = "1";
  if (when === "never" || when === "always") delete process.env.FORCE_COLOR;
  if (when !== "always") return;
  delete process.env.NO_COLOR;
  process.env.FORCE_COLOR = "1";
}

// `loopty tree | head` closes the pipe early, which is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await commandLine(act).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has said what is wrong. Help that was asked for is no error.
  process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.fixable;
}
