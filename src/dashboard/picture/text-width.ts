/** The width of the words of a label, in pixels. */
export type TextWidth = (text: string) => number;

/** Of the words of a label, as picture.css has it. */
export const WORDS_PX = 11.5;

const NARROW = /[\sfijlrtI.,:;'"`|!()[\]{}/\\-]/;
const WIDE = /[mwMW@%—…→←↔×\u2e80-\u{10ffff}]/u;
const LOWER = /[a-z]/;

/**
 * The width where nothing can be measured, as in a report that somebody else's browser shows. The shares of an em are
 * those of DejaVu Sans and Noto Sans, whichever is wider.
 */
export const estimatedWidth: TextWidth = (text) =>
  [...text].reduce((width, character) => width + WORDS_PX * emOf(character), 0);

function emOf(character: string): number {
  if (NARROW.test(character)) return 0.46;
  if (WIDE.test(character)) return 1;
  return LOWER.test(character) ? 0.64 : 0.74;
}
