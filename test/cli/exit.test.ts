import { describe, expect, it } from "vitest";
import { reportFailure } from "../../src/cli/exit.ts";
import { EngineError, messageOf, UserError } from "../../src/core/error.ts";
import { FakeSink } from "./fake-world.ts";

async function report(error: unknown, { aborted = false } = {}) {
  const stderr = new FakeSink();
  const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
  return { code: await reportFailure(error, { stderr, signal }), text: stderr.text };
}

describe("a command that fails", () => {
  it("exits with 2 and a hint, without a stack, where the user can fix it", async () => {
    const error = new UserError("no such file", { hint: "make one" });
    expect(await report(error)).toEqual({
      code: 2,
      text: "error: no such file\nhint: make one\n",
    });
  });

  it("exits with 4 for the engine's failure, named or not", async () => {
    expect(await report(new EngineError("no engine answers"))).toEqual({
      code: 4,
      text: "error: no engine answers\n",
    });
    const refusal = Object.assign(new Error("(HTTP code 500) no space"), { statusCode: 500 });
    expect(await report(refusal)).toEqual({
      code: 4,
      text: "error: the container engine failed: (HTTP code 500) no space\n",
    });
  });

  it("tells what failed first where cleaning up after it failed too", async () => {
    const work = async () => {
      await using _container = {
        [Symbol.asyncDispose]: () => Promise.reject(new TypeError("cannot clean up")),
      };
      throw new EngineError("the engine is gone");
    };
    const error: unknown = await work().catch((thrown: unknown) => thrown);
    expect(await report(error)).toEqual({ code: 4, text: "error: the engine is gone\n" });
    expect(messageOf(error)).toBe("the engine is gone");
  });

  it("exits with 1 and the stack, causes included, for a bug", async () => {
    const bug = new TypeError("x is undefined", { cause: new RangeError("far away") });
    const { code, text } = await report(bug);
    expect(code).toBe(1);
    expect(text).toMatch(/^this is a bug of loopty:\nTypeError: x is undefined\n {4}at /);
    expect(text).toContain("RangeError: far away");
  });

  it("exits with 130 when it was interrupted, whatever waiting for it threw", async () => {
    expect(await report(new Error("socket hang up"), { aborted: true })).toEqual({
      code: 130,
      text: "interrupted\n",
    });
    expect(await report(new UserError("disk full"), { aborted: true })).toEqual({
      code: 130,
      text: "error: disk full\ninterrupted\n",
    });
  });

  it("escapes what an error quotes from a container", async () => {
    const { text } = await report(new UserError("the baseline failed:\n\u001b[2Jall is well"));
    expect(text).toBe("error: the baseline failed:\n\\x1b[2Jall is well\n");
  });
});
