import { stripVTControlCharacters } from "node:util";
import { columnsOf } from "../../../core/text/columns.ts";
import { printable } from "../../../core/text/printable.ts";
import type { FrameSize } from "./frame.ts";

// Control sequences of ECMA-48, and DEC's private modes as xterm has them. A terminal ignores what it does not know.
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const NO_WRAP = "\x1b[?7l";
const WRAP = "\x1b[?7h";
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";
const ERASE_TO_END_OF_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";
const HOME = "\x1b[H";

/** More than any terminal is high. */
const MOST_REMEMBERED = 500;

/**
 * Lines at the bottom of a terminal that change in place, below lines that stay. Every call is one write at most.
 *
 * The cursor rests at the block's upper left corner, where a terminal that grows wider or changes its height leaves it.
 * Lines are overwritten before the rest of them is erased, and none may wrap. So nothing flickers, and a character that
 * is wider than it should be shifts no row.
 *
 * A terminal that gets too narrow for what is drawn wraps it, or cuts it, and puts the cursor wherever it likes.
 * Terminals differ, and cannot be asked without taking the keyboard. Then the screen is made anew, with the last of the
 * lines that stay.
 */
export class Block {
  readonly #write: (text: string) => void;
  /** Lines that stay, the newest at the end. */
  readonly #stayed: string[];
  #kept: string[] = [];
  /** `null` where nothing is drawn. */
  #drawn: readonly string[] | null = null;
  /** Whether the block looks as it was drawn. */
  #isIntact = true;
  /** How many rows wrapping added to what was drawn, since the screen was whole. */
  #wrappedRows = 0;
  #isLineOpen = false;

  /** `stayed` are lines that stand above already. */
  constructor(write: (text: string) => void, stayed: readonly string[] = []) {
    this.#write = write;
    this.#stayed = [...stayed];
  }

  /** Leaves a line above, for good, with the next drawing. It may be longer than the terminal is wide. */
  keep(line: string): void {
    this.#kept.push(line);
  }

  /** Draws the lines where they differ from what is there. They must fit into the terminal. */
  draw(lines: readonly string[], size: FrameSize): void {
    const isSame = this.#isIntact && this.#drawn?.join("\n") === lines.join("\n");
    if (isSame && this.#kept.length === 0) return;
    const begin = this.#wrappedRows > 0 ? this.#anew(size) : this.#begin();
    const body = lines.map((line) => `${line}${ERASE_TO_END_OF_LINE}`).join("\r\n");
    const up = lines.length > 1 ? `\x1b[${lines.length - 1}A` : "";
    const block = `${NO_WRAP}${body}${ERASE_BELOW}${WRAP}${up}\r`;
    this.#write(`${BEGIN_UPDATE}${HIDE_CURSOR}${begin}${block}${END_UPDATE}`);
    this.#drawn = lines;
    this.#isIntact = true;
  }

  /** Makes room for text that somebody else is about to write. The block is drawn again below. */
  giveWay(text: string): void {
    if (text === "") return;
    // Lines to keep came first.
    const begin = this.#kept.length > 0 ? this.#begin() : "";
    if (this.#drawn !== null || begin !== "") this.#write(`${begin}\r${ERASE_BELOW}`);
    this.#drawn = null;
    const begun = this.#isLineOpen ? this.#stayed.pop() : undefined;
    this.#isLineOpen = !text.endsWith("\n");
    const [first = "", ...others] = text.replace(/\r?\n$/, "").split(/\r?\n/);
    // If it is written once more, it must not steer the terminal a second time.
    const lines = [`${begun ?? ""}${first}`, ...others].map(stripVTControlCharacters);
    this.#remember(lines.map((line) => printable(line, Number.MAX_SAFE_INTEGER)));
  }

  /** The block may now look different from what was drawn. */
  resized({ columns }: FrameSize): void {
    this.#isIntact = false;
    const drawn = this.#drawn ?? [];
    this.#wrappedRows += rowsOf(drawn, columns) - drawn.length;
  }

  /** Removes the block and gives the cursor back. */
  close(): void {
    this.#write(`${this.#begin()}\r${ERASE_BELOW}${SHOW_CURSOR}`);
    this.#drawn = null;
  }

  #begin(): string {
    const open = this.#isLineOpen ? "\r\n" : "\r";
    this.#isLineOpen = false;
    if (this.#kept.length === 0) return open;
    return `${open}${ERASE_BELOW}${this.#takeKept().map(ended).join("")}`;
  }

  #anew({ columns, rows }: FrameSize): string {
    // Lines that wrapping pushed out of the screen must not stand on it a second time.
    let room = rows - (this.#drawn?.length ?? 0) - this.#wrappedRows;
    this.#wrappedRows = 0;
    this.#isLineOpen = false;
    const gone = this.#stayed.findLastIndex((line) => {
      room -= rowsOf([line], columns);
      return room < 0;
    });
    const shown = [...this.#stayed.slice(gone + 1), ...this.#takeKept()];
    return `${HOME}${ERASE_BELOW}${shown.map(ended).join("")}`;
  }

  #takeKept(): string[] {
    const kept = this.#kept;
    this.#kept = [];
    this.#remember(kept);
    return kept;
  }

  #remember(lines: readonly string[]): void {
    this.#stayed.push(...lines);
    this.#stayed.splice(0, this.#stayed.length - MOST_REMEMBERED);
  }
}

function ended(line: string): string {
  return `${line}\r\n`;
}

/** How many rows of a terminal the lines take where it wraps them. */
function rowsOf(lines: readonly string[], columns: number): number {
  const rows = lines.map((line) =>
    Math.max(1, Math.ceil(columnsOf(stripVTControlCharacters(line)) / Math.max(1, columns))),
  );
  return rows.reduce((sum, count) => sum + count, 0);
}
