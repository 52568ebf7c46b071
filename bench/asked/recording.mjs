// All requests of a run, and their answers, without what each repeats of the one before.

/** @param asked every request's body with its answer's content, of one conversation after the other */
export function recordingOf(asked) {
  const [{ tools, system }] = asked.map(({ body }) => body);
  const conversations = [];
  for (const { body, answer } of asked) {
    const isFirst = body.messages.length === 1;
    if (isFirst) conversations.push([]);
    // The message before the last one is the answer of the request before.
    conversations.at(-1)?.push({ sent: body.messages.at(-1), answer });
  }
  return JSON.parse(JSON.stringify({ tools, system, conversations }, withoutMarks));
}

/** The requests again, each whole. */
export function askedIn({ tools, system, conversations }) {
  return conversations.flatMap((turns) => {
    const messages = [];
    return turns.map(({ sent, answer }) => {
      messages.push(sent);
      const body = { tools, system, messages: [...messages] };
      messages.push({ role: "assistant", content: answer });
      return { body, answer };
    });
  });
}

/** Marks of what is to be cached are no part of what a model reads. */
function withoutMarks(key, value) {
  return key === "cache_control" ? undefined : value;
}
