// Two columns wide in a terminal: ideographs, kana, hangul, full-width forms, emoji drawn as pictures. An approximation of
// Unicode's East Asian Width (UAX 11), which regular expressions cannot ask for.
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
// Drawn over the character before them.
const COMBINING = /[\p{Mn}\p{Me}]/u;

/** How many columns of a terminal a printable text takes. */
export function columnsOf(text: string): number {
  return Array.from(text, columnsOfCharacter).reduce((sum, columns) => sum + columns, 0);
}

/** The text with spaces up to that many columns; as it is when longer. */
export function padColumns(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columnsOf(text)));
}

/** The text cut to at most that many columns, the last of which is then "…". */
export function cutToColumns(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let cut = "";
  let columns = 0;
  for (const character of text) {
    columns += columnsOfCharacter(character);
    if (columns > width - 1) break;
    cut += character;
  }
  return width < 1 ? "" : `${cut}…`;
}

function columnsOfCharacter(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
