/**
 * Counts the words of a text: pairs of word and count, the most frequent first, words of the same
 * count in order of their code units. A word is a run of letters, marks, digits and apostrophes
 * without the apostrophes at its ends; it is in NFC and lower case, and ’ counts as '.
 */
export function countWords(text) {
  const counts = [];
  for (const word of wordsOf(text)) {
    const entry = counts.find(([known]) => known === word);
    if (entry === undefined) counts.push([word, 1]);
    else entry[1]++;
  }
  return counts.sort(byCountThenWord);
}

function byCountThenWord([wordA, countA], [wordB, countB]) {
  return countB - countA || (wordA < wordB ? -1 : 1);
}

function wordsOf(text) {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((run) => run.replace(/^'+|'+$/g, ""))
    .filter((word) => word !== "");
}
