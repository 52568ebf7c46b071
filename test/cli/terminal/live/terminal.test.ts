import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ScreenModel } from "./screen-model.ts";

const PROGRAM = resolve("test/cli/terminal/live/program.ts");
const SIZE = { columns: 80, rows: 24 };
const folder = mkdtempSync(join(tmpdir(), "loopty-terminal-"));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  // One file that Node of any version runs, of the sources as they are.
  await build({
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: {
      ssr: PROGRAM,
      outDir: folder,
      target: "node20",
      rolldownOptions: { output: { entryFileNames: "program.mjs" } },
    },
  });
}, 60_000);

/** Runs the program on a pseudo terminal (util-linux) and gives all that came out of it. */
async function onTerminal(ending: string, env: Record<string, string> = {}): Promise<string> {
  const command = `stty cols ${SIZE.columns} rows ${SIZE.rows}; exec "$NODE" "$PROGRAM" "$ENDING"`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    env: {
      ...{ PATH: process.env.PATH, TERM: "xterm-256color", NODE: process.execPath },
      ...{ PROGRAM: join(folder, "program.mjs"), ENDING: ending, ...env },
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [out] = await Promise.all([text(child.stdout), once(child, "close")]);
  return out;
}

interface Seen {
  /** What stood on the terminal, and scrolled away from it, when the program was so far. */
  readonly at: ReadonlyMap<string, readonly string[]>;
  readonly isCursorVisibleAt: ReadonlyMap<string, boolean>;
  readonly screen: ScreenModel;
}

async function see(out: string): Promise<Seen> {
  const screen = new ScreenModel(SIZE);
  const at = new Map<string, string[]>();
  const isCursorVisibleAt = new Map<string, boolean>();
  const [first = "", ...parts] = out.split("\x1b]777;");
  await screen.feed(first);
  for (const part of parts) {
    const end = part.indexOf("\x07");
    const mark = part.slice(0, end);
    at.set(mark, screen.lines);
    isCursorVisibleAt.set(mark, screen.isCursorVisible);
    if (/^\d+$/.test(mark)) screen.resize(Number(mark), SIZE.rows);
    await screen.feed(part.slice(end + 1));
  }
  return { at, isCursorVisibleAt, screen };
}

const KEPT = [
  "warning: \\x1b[2J\\x1b[Hhostile\\r\\n\\u202etext",
  "1.2 build_failed: a word a word a word a word a word a word a word a word a word",
  " a word a word a word at last (1.5 s)",
];
const BLOCK = [
  "",
  "champion  1.1.1  2.60x faster  time_ms 16.79",
  "last      1.2 build_failed · 1.1.1 improved -15.4 % · 1.1 improved 2.20x faster",
  "budget    experiments █░░░░░ 3 of 12   tokens █░░░░░ 0.45 M of 2 M",
  "          money $0.18   time 4m 00s   lasts about 8 min",
  "1.1.1.1   measuring, 4 pairs    30 s  time_ms 12.2  ▄█▁▅▁",
  "1.1.2     agent repairs (1)   1m 05s",
];

describe("a run on a terminal", () => {
  it("is drawn below what stays, without a cursor, and goes without a trace", async () => {
    const out = await onTerminal("return");
    const { at, isCursorVisibleAt, screen } = await see(out);
    expect(at.get("end")).toEqual([...KEPT, ...BLOCK]);
    expect(isCursorVisibleAt.get("end")).toBe(false);
    expect(screen.lines).toEqual([...KEPT, "last words", "the result"]);
    expect([screen.isCursorVisible, screen.wraps]).toEqual([true, true]);
    const frames = out.split("\x1b[?2026h").filter((text) => text.includes("champion"));
    expect(frames, "events that come together are one frame").toHaveLength(2);
  });

  it.each([
    ["an exception", "throw", "Error: a bug"],
    ["process.exit", "exit", null],
    ["SIGINT", "SIGINT", null],
    ["SIGTERM", "SIGTERM", null],
  ])("gives the terminal back after %s", async (_, ending, said) => {
    const { at, screen } = await see(await onTerminal(ending));
    expect(at.get("end")).toEqual([...KEPT, ...BLOCK]);
    expect(screen.lines.slice(0, 4)).toEqual([...KEPT, "last words"]);
    expect(screen.lines.filter((line) => BLOCK.slice(1).includes(line))).toEqual([]);
    if (said === null) expect(screen.lines).toHaveLength(4);
    else expect(screen.lines).toContain(said);
    expect([screen.isCursorVisible, screen.wraps]).toEqual([true, true]);
  });

  it("makes room for what others write", async () => {
    const { at, isCursorVisibleAt, screen } = await see(await onTerminal("handled SIGINT"));
    expect(at.get("stopping")).toEqual([...KEPT, "last words", "stopping...", ...BLOCK]);
    expect(isCursorVisibleAt.get("stopping")).toBe(false);
    expect(screen.lines).toEqual([...KEPT, "last words", "stopping...", "the result"]);
    expect(screen.isCursorVisible).toBe(true);
  });

  it("fits again after every resize, and leaves nothing of what it was", async () => {
    const { at, screen } = await see(await onTerminal("resize 40 100"));
    const narrow = at.get("100")?.slice(-8);
    expect(narrow).toEqual([
      "champion  1.1.1  2.60x faster  time_ms…",
      "last      1.2 build_failed",
      "budget    experiments █░░░░░ 3 of 12",
      "          tokens █░░░░░ 0.45 M of 2 M",
      "          money $0.18   time 4m 00s",
      "          lasts about 8 min",
      "1.1.1.1   measuring, 4 pairs    30 s",
      "1.1.2     agent repairs (1)   1m 05s",
    ]);
    expect(at.get("end")?.slice(-5)).toEqual([
      "last      1.2 build_failed · 1.1.1 improved -15.4 % · 1.1 improved 2.20x faster · 1 baseline",
      "budget    experiments █░░░░░ 3 of 12   tokens █░░░░░ 0.45 M of 2 M   money $0.18   time 4m 00s",
      "          lasts about 8 min",
      ...BLOCK.slice(5),
    ]);
    for (const lines of [at.get("100"), at.get("end")]) {
      expect(lines?.filter((line) => line.startsWith("champion"))).toHaveLength(1);
    }
    expect(screen.lines.at(-1)).toBe("the result");
    expect(screen.lines.join("\n")).not.toContain("champion");
  });

  it("has no colours where NO_COLOR is set", async () => {
    const { at } = await see(await onTerminal("return"));
    const out = await onTerminal("return", { NO_COLOR: "1" });
    expect((await see(out)).at).toEqual(at);
    expect(out.split("champion")[0]?.at(-1)).toBe("\n");
  });

  it.each([
    ["a build server", { CI: "true" }],
    ["a dumb terminal", { TERM: "dumb" }],
  ])("is plain dated lines for %s", async (_, env) => {
    const out = await onTerminal("return", env);
    expect(out.replace("\x1b]777;end\x07", "")).not.toContain("\x1b");
    expect(out).toContain("\r\n2026-11-23T10:04:40Z 1.1.1.1 pair 4 with 1.1.1 done\r\n");
  });
});
