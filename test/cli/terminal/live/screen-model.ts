import xterm from "@xterm/headless";

/** What a person would see of everything that was written to a terminal. */
export class ScreenModel {
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  /** DEC private modes that were set or reset. */
  readonly #modes = new Map<number, boolean>();

  constructor({ columns, rows }: { readonly columns: number; readonly rows: number }) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 1000,
    });
    for (const final of ["h", "l"]) {
      this.#terminal.parser.registerCsiHandler({ prefix: "?", final }, (params) => {
        for (const mode of params) if (!Array.isArray(mode)) this.#modes.set(mode, final === "h");
        // The terminal obeys as well.
        return false;
      });
    }
  }

  feed(text: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(text, resolve));
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** All lines, those that scrolled away too, without spaces and empty lines at the end. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from(
      { length: active.length },
      (_, k) => active.getLine(k)?.translateToString(true) ?? "",
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  }

  get cursorRow(): number {
    const { active } = this.#terminal.buffer;
    return active.baseY + active.cursorY;
  }

  get isCursorVisible(): boolean {
    return this.#modes.get(25) ?? true;
  }

  get wraps(): boolean {
    return this.#modes.get(7) ?? true;
  }
}
