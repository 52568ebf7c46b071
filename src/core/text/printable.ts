// Controls (C0, DEL, C1), format characters (bidirectional overrides, zero width, tags), all that fonts show nothing for (variation
// selectors, fillers, the joiner U+034F), lone surrogates, line and paragraph separators: all that moves a cursor, reorders text,
// or hides text in it ("Trojan Source", CVE-2021-42574).
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}\p{Zl}\p{Zp}]/gu;
const UNPRINTABLE_IN_BLOCK =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * Text from a container as one line that is safe in a terminal. What cannot be seen is written as `\n`, `\x1b`,
 * `\u202e`, and a text longer than `maxLength` characters ends in "…". Backslashes stay single, as people read paths
 * and logs.
 */
export function printable(text: string, maxLength = 500): string {
  // Escaping never shortens, so nothing beyond this slice could be shown.
  const shown = text.slice(0, maxLength + 1).replace(UNPRINTABLE, escapeCharacter);
  if (shown.length <= maxLength) return shown;
  // The cut may go through a surrogate pair.
  return `${shown.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The same for several lines. Newlines and tabs stay, and CRLF becomes a newline. The caller must bound its length. */
export function printableBlock(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(UNPRINTABLE_IN_BLOCK, escapeCharacter);
}

/** The same JSON, safe in a terminal. `JSON.stringify` leaves DEL, C1 controls and format characters as they are. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE_IN_BLOCK, (character) =>
    Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

function escapeCharacter(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\u{${code.toString(16)}}`;
}
