/**
 * One word of a shell command, whatever is in it. Nothing is special between single quotes (POSIX, Shell Command
 * Language, 2.2.2).
 */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
