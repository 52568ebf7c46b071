import { styleText } from "node:util";
import { printable } from "../../core/text/printable.ts";
import type { Style, StyledLine } from "../../core/text/styled-line.ts";
import type { Sink, World } from "../world.ts";

/** Turns a line into what a terminal gets: its texts escaped, and styled where that is wanted. */
export type Paint = (line: StyledLine) => string;

const LOOKS = {
  good: "green",
  fair: "yellow",
  bad: "red",
  busy: "cyan",
  muted: "gray",
  strong: "bold",
} as const satisfies Readonly<Record<Style, string>>;

/** Colours for a terminal that has them, unless NO_COLOR says no (https://no-color.org), and wherever FORCE_COLOR asks for them. */
export function painterOf({ isTty }: Sink, env: World["env"]): Paint {
  const isForced = !["", "0", "false"].includes(env.FORCE_COLOR ?? "");
  const isRefused = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const isPlain = !isForced && (!isTty || isRefused);
  return (line) =>
    line
      .map(({ text, style }) => {
        const escaped = printable(text, Number.MAX_SAFE_INTEGER);
        if (isPlain || style === null || text.trim() === "") return escaped;
        // It was decided above whether this stream has colours.
        return styleText(LOOKS[style], escaped, { validateStream: false });
      })
      .join("");
}
