import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "../../../src/agent/completions/answer-reader.ts";

function read(...chunks: readonly unknown[]) {
  const reader = new AnswerReader();
  for (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

function delta(said: object, finish_reason: string | null = null) {
  return { id: "c1", choices: [{ index: 0, delta: said, finish_reason }] };
}

function call(fields: object, name: string | null, input: string) {
  return delta({ tool_calls: [{ ...fields, function: { name, arguments: input } }] });
}

const END = delta({}, "tool_calls");

describe("AnswerReader", () => {
  it("joins text, thoughts and calls that come in pieces", () => {
    const { message, tokens } = read(
      delta({ reasoning: "So" }),
      delta({ content: "I " }),
      delta({ content: "see." }),
      call({ index: 0, id: "a" }, "view", '{"pa'),
      call({ index: 0 }, null, 'th":"a.c"}'),
      call({ index: 1, id: "b" }, "build", ""),
      END,
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2 } },
    );
    expect(message).toEqual({
      id: "c1",
      content: [
        { type: "thinking", thinking: "So", signature: "" },
        { type: "text", text: "I see.", citations: null },
        {
          type: "tool_use",
          id: "a",
          name: "view",
          input: { path: "a.c" },
          caller: { type: "direct" },
        },
        { type: "tool_use", id: "b", name: "build", input: {}, caller: { type: "direct" } },
      ],
      stop_reason: "tool_use",
      stop_details: null,
    });
    expect(tokens).toEqual({
      inputTokens: 9,
      cacheWriteTokens: 0,
      cacheReadTokens: 0,
      outputTokens: 2,
    });
  });

  it("tells calls apart by their ids where the server numbers every one of them 0", () => {
    const { message } = read(
      call({ index: 0, id: "a" }, "view", "{}"),
      call({ index: 0, id: "b" }, "build", "{}"),
      END,
    );
    expect(message.content).toMatchObject([
      { id: "a", name: "view" },
      { id: "b", name: "build" },
    ]);
  });

  it("names calls of a server that gives no ids", () => {
    const { message } = read(
      call({ index: 0 }, "view", "{}"),
      call({ index: 1 }, "build", "{}"),
      END,
    );
    expect(message.content).toMatchObject([{ id: "c1_0" }, { id: "c1_1" }]);
  });

  it("gives a tool what is no JSON object as it came, so that the tool refuses it", () => {
    const { message } = read(call({ index: 0, id: "a" }, "view", "[1]"), END);
    expect(message.content).toMatchObject([{ input: { not_json: "[1]" } }]);
  });

  it("reads the one body of a server that does not stream", () => {
    const { message } = read({
      id: "c2",
      choices: [{ message: { content: "Hi" }, finish_reason: "stop" }],
    });
    expect(message).toMatchObject({
      content: [{ type: "text", text: "Hi" }],
      stop_reason: "end_turn",
    });
  });

  it("knows no usage where counts are none, or the server is silent about it", () => {
    const counts = { prompt_tokens: -1, completion_tokens: 2 };
    expect(read(delta({ content: "x" }, "stop"), { usage: counts }).tokens).toBe("unknown");
    expect(read(delta({ content: "x" }, "stop")).tokens).toBe("unknown");
  });

  it("is no whole answer before it has finished", () => {
    expect(() => read(delta({ content: "x" }))).toThrow("the stream ended before the answer");
  });

  it("joins text that is cut anywhere to what it was", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (pieces) => {
        const { message } = read(...pieces.map((content) => delta({ content })), delta({}, "stop"));
        const words = message.content.flatMap((block) => ("text" in block ? [block.text] : []));
        expect(words.join("")).toBe(pieces.join(""));
      }),
    );
  });

  it("throws an error or gives a message, whatever a server sends", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (chunk) => {
        const reader = new AnswerReader();
        try {
          reader.push(chunk);
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
