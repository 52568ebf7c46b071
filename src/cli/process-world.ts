import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { linuxProcessTable, portableProcessTable } from "../store/files/owner.ts";
import { SYSTEM_CLOCK } from "./system-clock.ts";
import type { Sink, Terminal, World } from "./world.ts";

const BROWSERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/** The world of this process. */
export function processWorld(signal: AbortSignal): World {
  const { stdin, stdout, stderr, env, platform, pid } = process;
  // A terminal without a size has 0 columns, and ora would clear lines for ever.
  const canSpin = stderr.isTTY && stderr.columns > 0 && env.TERM !== "dumb";
  const isLive = canSpin && (env.CI ?? "false") === "false";
  return {
    stdout: sinkOf(stdout),
    stderr: sinkOf(stderr),
    startSpinner: isLive
      ? async () => (await import("./terminal/spinner.ts")).startSpinner(stderr)
      : null,
    loadScreen: isLive
      ? async () => {
          const { openScreen } = await import("./terminal/live/screen.ts");
          return (listener) => openScreen(stderr, [stdout], listener);
        }
      : null,
    terminal: stdin.isTTY && stdout.isTTY ? terminalOf(stdin, stdout) : null,
    pipes: { input: stdin, output: stdout },
    startDetached,
    openInBrowser: (url) => openInBrowser(url, platform),
    env,
    cwd: process.cwd(),
    home: homedir(),
    ...SYSTEM_CLOCK,
    newUuid: randomUUID,
    processes:
      platform === "linux" ? linuxProcessTable(pid) : portableProcessTable(pid, hostname()),
    signal,
  };
}

/** In a session of its own, a closed terminal or a client that ends its servers does not end it. */
function startDetached(args: readonly string[], folder: string): void {
  const [, program = ""] = process.argv;
  const files = [join(folder, "stdout"), join(folder, "stderr")].map((path) => openSync(path, "a"));
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    detached: true,
    stdio: ["ignore", ...files],
  });
  // That it could not be started shows in its folder: nothing ever works there.
  child.on("error", () => {});
  child.unref();
  files.forEach(closeSync);
}

/** By what each system has for it. The address is loopty's own, so no shell of Windows finds anything special in it. */
function openInBrowser(url: string, platform: NodeJS.Platform): void {
  const argv = BROWSERS[platform] ?? ["xdg-open"];
  const [program = "", ...args] = argv;
  const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
  // The address was printed. A server without a browser is no failure.
  child.on("error", () => {});
  child.unref();
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  return {
    isTty: stream.isTTY === true,
    get width() {
      return stream.isTTY && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
    },
    write: (chunk) => void stream.write(chunk),
  };
}

function terminalOf(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal {
  return {
    input: stdin,
    output: stdout,
    setRaw: (raw) => void stdin.setRawMode(raw),
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize: (listener) => {
      stdout.on("resize", listener);
      return () => void stdout.off("resize", listener);
    },
  };
}
