// A model whose answers are a script: it looks only where the prompt left it no choice, and does in one answer what the
// tools allow in one.

/** The content of an answer to a request of Anthropic's API. `edit` is the experiment's one: what stands there, and what shall. */
export function answerTo({ system, tools, messages }, file, [old, replacement]) {
  if (isAnalysis({ messages })) return [text("It held, by what the hypothesis said.")];
  const isShown = JSON.stringify(messages[0]).includes(JSON.stringify(old).slice(1, -1));
  const turns = messages.filter(({ role }) => role === "assistant").length;
  if (!isShown && turns === 0) return [use("view", { path: file })];
  const finish = use("finish", {
    outcome: "ready",
    description: `${old} becomes ${replacement}`,
    hypothesis: "It does less of what limits it now",
  });
  const changed = messages.some((message) => JSON.stringify(message).includes('"name":"edit"'));
  if (changed) return [finish];
  const has = (name) => tools.some((tool) => tool.name === name);
  const mayGoOn = JSON.stringify([system, tools]).includes("finish is held back there");
  return [
    use("edit", { path: file, old, new: replacement }),
    use("build", {}),
    ...(has("quick_bench") ? [use("quick_bench", {})] : []),
    ...(mayGoOn ? [finish] : []),
  ];
}

export function isAnalysis({ messages }) {
  return JSON.stringify(messages.at(-1)).includes("Answer in plain text");
}

/** The answer as the API streams it. */
export function eventsOf(content, number) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${number}`, type: "message", role: "assistant", model: "scripted" };
  const stop = content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
  const blocks = content.flatMap((block, index) => {
    const isText = block.type === "text";
    const start = isText ? text("") : { ...block, input: {} };
    const delta = isText
      ? { type: "text_delta", text: block.text }
      : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
    return [
      event("content_block_start", { index, content_block: start }),
      event("content_block_delta", { index, delta }),
      event("content_block_stop", { index }),
    ];
  });
  return [
    event("message_start", { message: { ...message, content: [], stop_reason: null, usage } }),
    ...blocks,
    event("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage }),
    event("message_stop", {}),
  ].join("");
}

function text(words) {
  return { type: "text", text: words };
}

function use(name, input) {
  return { type: "tool_use", id: `toolu_${crypto.randomUUID().slice(0, 8)}`, name, input };
}

function event(type, data) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}
