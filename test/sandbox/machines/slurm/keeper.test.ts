import { describe, expect, it } from "vitest";
import { EngineError } from "../../../../src/core/error.ts";
import { Keeper } from "../../../../src/sandbox/machines/slurm/keeper.ts";
import { FakeStep } from "./fake-programs.ts";
import { HandClock } from "./hand-clock.ts";

const NEVER = new AbortController().signal;

function keeperOf() {
  const step = new FakeStep([]);
  const clock = new HandClock();
  return { step, clock, keeper: new Keeper(step, clock) };
}

describe("the stream that keeps a job", () => {
  it("tells where the engine is, in whatever pieces that comes", async () => {
    const { step, keeper } = keeperOf();
    step.toHarness.write("ready\t/tmp/loo");
    setImmediate(() => step.toHarness.write("pty-7\t0-1,4\r\nalive\n"));
    expect(await keeper.ready(NEVER)).toEqual({ folder: "/tmp/loopty-7", cpus: "0-1,4" });
  });

  it.each([
    [
      "failed\t/tmp/x\tpodman does not start: no\u001b[2J",
      "the node has no engine for loopty: podman does not start: no\\x1b[2J",
    ],
    ["Welcome to the cluster!", "the node answered with something else: Welcome to the cluster!"],
    ["ready\t/tmp/x\tall", "the node answered with something else: ready\\t/tmp/x\\tall"],
  ])("that begins with %j tells of no engine", async (line, message) => {
    const { step, keeper } = keeperOf();
    step.toHarness.write(`${line}\n`);
    await expect(keeper.ready(NEVER)).rejects.toMatchObject({ name: "EngineError", message });
  });

  it("that ends before there is an engine says why", async () => {
    const { step, keeper } = keeperOf();
    step.destroy(new EngineError("srun failed: Expired or invalid job 7"));
    await expect(keeper.ready(NEVER)).rejects.toThrow(
      "the node has no engine yet, and srun failed: Expired or invalid job 7",
    );
  });

  it("is given up while it waits", async () => {
    const { keeper } = keeperOf();
    const abort = new AbortController();
    const waiting = keeper.ready(abort.signal);
    abort.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
  });

  it("says a line every ten seconds, and is content with any answer", async () => {
    const { step, clock, keeper } = keeperOf();
    let why = "";
    void keeper.lost.then((said) => {
      why = said;
    });
    for (let beat = 0; beat < 10; beat++) {
      await clock.tick(10_000);
      step.toHarness.write("alive\n");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(step.heard).toBe("\n".repeat(10));
    expect(why).toBe("");
  });

  it("is lost when no answer came for a minute", async () => {
    const { clock, keeper } = keeperOf();
    for (let beat = 0; beat < 7; beat++) await clock.tick(10_000);
    expect(await keeper.lost).toBe("it says nothing for 60 s");
  });

  it("is lost when it ends", async () => {
    const { step, keeper } = keeperOf();
    step.toHarness.end("alive\n");
    expect(await keeper.lost).toBe("its stream ended");
  });

  it("ends the job when it is closed, and that is no loss", async () => {
    const { step, keeper } = keeperOf();
    const isLost = keeper.lost.then(() => true);
    keeper.close();
    step.toHarness.end();
    const later = new Promise((resolve) => setTimeout(() => resolve(false), 20));
    expect(await Promise.race([isLost, later])).toBe(false);
    expect(step.isOver).toBe(true);
  });
});
