const ONSETS = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "th", "st", "br", "qu"];
const VOWELS = ["a", "e", "i", "o", "u", "ea", "ou", "é", "ü"];
const ENDS = ["", "", "", "n", "r", "s", "'s", "’t"];
const GAPS = [" ", " ", " ", " ", " ", " ", ", ", "; ", " - ", '" "', "' '", ".\n", "? ", "\n\n"];

/** A text of exactly `words` words out of about `vocabulary`: the same for a seed everywhere. */
export function seededText(seed, words, vocabulary) {
  const random = mulberry32(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const syllable = () => pick(ONSETS) + pick(VOWELS);
  const known = Array.from({ length: vocabulary }, () => {
    const syllables = Array.from({ length: 1 + Math.floor(random() * 3) }, syllable);
    return syllables.join("") + pick(ENDS);
  });
  let text = "";
  for (let i = 0; i < words; i++) {
    // Cubed: few words are frequent and many are rare. Powers by ** may differ between engines.
    const u = random();
    const word = known[Math.floor(u * u * u * vocabulary)];
    text += (random() < 0.1 ? word[0].toUpperCase() + word.slice(1) : word) + pick(GAPS);
  }
  return text;
}

/** Numbers from 0 up to 1, without 1 (mulberry32 by Tommy Ettinger, public domain). */
function mulberry32(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
