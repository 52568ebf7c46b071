import { describe, expect, it } from "vitest";
import { fakeWorld } from "../cli/fake-world.ts";
import { testProject } from "../loop/fake-project.ts";
import { measureBaseline, openSession } from "./agent-session.ts";

describe("wait", () => {
  /** A session on a project whose only change is never tried, with a clock that moves by sleeping alone. */
  async function endless() {
    const project = await testProject();
    await measureBaseline(project);
    let nowMs = 0;
    const world = fakeWorld(project.directory, {
      processes: project.newProcess(),
      now: () => new Date(nowMs),
      newUuid: () => crypto.randomUUID(),
      steadyMs: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    });
    const { call } = await openSession(project, "current", null, world);
    const files = [{ path: "src/cost", content: "80\n" }];
    await call("try", { from: "root", why: "cost less", files });
    return { call, elapsedMs: () => nowMs };
  }

  it.each([
    [{}, 45_000],
    [{ timeout_s: 50 }, 47_000],
    [{ timeout_s: 2 }, 2_000],
  ])(
    "for %j is over before clients give up, and says that more is under way",
    async (input, ms) => {
      const { call, elapsedMs } = await endless();
      const waited = await call("wait", { ...input, changes: [1] });
      expect(elapsedMs()).toBe(ms);
      expect(waited.json).toMatchObject({ busy: true });
    },
  );

  it("refuses to take longer than that", async () => {
    const { call, elapsedMs } = await endless();
    const refused = await call("wait", { timeout_s: 51 });
    expect(refused.isError).toBe(true);
    expect(refused.text).toMatch(/50/);
    expect(elapsedMs()).toBe(0);
  });
});
