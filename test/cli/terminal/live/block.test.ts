import { describe, expect, it } from "vitest";
import { Block } from "../../../../src/cli/terminal/live/block.ts";
import { ScreenModel } from "./screen-model.ts";

function openBlock() {
  const size = { columns: 20, rows: 6 };
  const screen = new ScreenModel(size);
  const writes: string[] = [];
  const real = new Block((text) => void writes.push(text));
  const block = {
    draw: (lines: readonly string[], now = size) => real.draw(lines, now),
    keep: (line: string) => real.keep(line),
    giveWay: (text: string) => real.giveWay(text),
    resized: (now: typeof size) => real.resized(now),
    close: () => real.close(),
  };
  const show = async () => {
    await screen.feed(writes.splice(0).join(""));
    return screen.lines;
  };
  return { screen, writes, block, show };
}

describe("a block", () => {
  it("writes once a drawing, and not at all where nothing changed", () => {
    const { block, writes } = openBlock();
    block.draw(["one", "two"]);
    block.draw(["one", "two"]);
    expect(writes).toHaveLength(1);
    block.keep("kept");
    block.keep("kept too");
    block.draw(["one", "two"]);
    block.draw(["one", "2"]);
    expect(writes).toHaveLength(3);
  });

  it("leaves nothing of longer or more lines that were there", async () => {
    const { block, show } = openBlock();
    block.draw(["a long line", "another", "a third"]);
    expect(await show()).toEqual(["a long line", "another", "a third"]);
    block.draw(["short", "", "a third"]);
    expect(await show()).toEqual(["short", "", "a third"]);
    block.draw(["one"]);
    expect(await show()).toEqual(["one"]);
    block.draw([]);
    expect(await show()).toEqual([]);
  });

  it("scrolls what is kept, however long, and stays below it", async () => {
    const { block, show, screen } = openBlock();
    for (let k = 1; k <= 10; k++) {
      block.keep(`kept ${k}, longer than a line`);
      block.draw(["one", "two"]);
    }
    const lines = await show();
    expect(lines).toHaveLength(22);
    expect(lines.slice(-4)).toEqual(["kept 10, longer than", " a line", "one", "two"]);
    expect(screen.cursorRow).toBe(20);
  });

  it("keeps its shape where a character is wider than it should be", async () => {
    const { block, show } = openBlock();
    block.draw(["a line that is wider than the terminal", "two"]);
    expect((await show())[1]).toBe("two");
    block.draw(["one", "two"]);
    expect(await show()).toEqual(["one", "two"]);
  });

  it("goes below a line that somebody else began", async () => {
    const { block, show, writes } = openBlock();
    block.draw(["one"]);
    block.giveWay("50 %");
    writes.push("50 %");
    block.draw(["one"]);
    expect(await show()).toEqual(["50 %", "one"]);
    block.giveWay("\n");
    writes.push("done\r\n");
    block.draw(["one"]);
    expect(await show()).toEqual(["50 %", "done", "one"]);
  });

  it("goes when it is closed, and what was to be kept is kept", async () => {
    const { block, show, screen } = openBlock();
    block.draw(["one", "two"]);
    block.keep("kept");
    block.close();
    expect(await show()).toEqual(["kept"]);
    expect([screen.cursorRow, screen.isCursorVisible]).toEqual([1, true]);
  });

  it("is whole again where a terminal too narrow has wrapped it, with what stays above", async () => {
    const { block, show, screen } = openBlock();
    for (let k = 1; k <= 8; k++) block.keep(`kept ${k}`);
    block.draw(["nineteen columns 19", "short"]);
    await show();
    const narrow = { columns: 12, rows: 6 };
    screen.resize(12, 6);
    block.resized(narrow);
    block.keep("kept 9, new");
    block.draw(["eleven char", "short"], narrow);
    const lines = await show();
    expect(lines.slice(-5)).toEqual(["kept 7", "kept 8", "kept 9, new", "eleven char", "short"]);
    for (const line of lines) {
      expect(
        lines.filter((other) => other === line),
        line,
      ).toHaveLength(1);
    }
  });

  it("is drawn where it is by a terminal that grew, or only changed its height", async () => {
    const { block, show, screen } = openBlock();
    block.keep("kept, longer than a line");
    block.draw(["one", "two"]);
    await show();
    for (const [columns, rows] of [
      [40, 6],
      [40, 4],
      [40, 10],
    ] as const) {
      screen.resize(columns, rows);
      block.resized({ columns, rows });
      block.draw(["one", "two"], { columns, rows });
      expect(await show()).toEqual(["kept, longer than a line", "one", "two"]);
    }
  });
});
