// What requests and answers come to.
import { askedIn } from "./recording.mjs";

const BYTES_PER_TOKEN = 3.5;
/** Prices as multiples of that of a token that is read and not cached, as in Anthropic's price list. */
const PRICE = { write: 1.25, read: 0.1, answer: 5 };

/** Means of one experiment. New bytes are those that the request before did not have at its start; others are read from the cache. */
export function figuresOf(recording) {
  const asked = askedIn(recording);
  let fresh = 0;
  let cached = 0;
  let answered = 0;
  let before = "";
  for (const { body, answer } of asked) {
    const text = JSON.stringify([body.tools, body.system, body.messages]);
    let same = 0;
    while (same < before.length && before[same] === text[same]) same += 1;
    fresh += Buffer.byteLength(text.slice(same));
    cached += Buffer.byteLength(text.slice(0, same));
    answered += Buffer.byteLength(JSON.stringify(answer));
    before = text;
  }
  const experiments = recording.conversations.length;
  const tokens = (bytes) => bytes / experiments / BYTES_PER_TOKEN;
  return {
    experiments,
    requests: asked.length / experiments,
    bytes: (fresh + cached + answered) / experiments,
    newTokens: tokens(fresh),
    answerTokens: tokens(answered),
    cachedTokens: tokens(cached),
    allTokens: tokens(fresh + cached + answered),
    pricedTokens: tokens(PRICE.write * fresh + PRICE.read * cached + PRICE.answer * answered),
  };
}
