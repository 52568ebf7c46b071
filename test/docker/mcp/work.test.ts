import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { isIdle, openSession } from "./agent-client.ts";

const CALLS = 1000;
/** Clients give up after a minute, and the promise is this. */
const MOST_MS = 50_000;

describe("what takes long, asked for by loopty mcp on a real engine", () => {
  let project: TestProject;
  let session: Awaited<ReturnType<typeof openSession>>;
  beforeAll(async () => {
    project = await openTestProject(shellProject());
    session = await openSession(project.directory);
  });
  afterAll(async () => {
    await session?.client.close();
    await project?.[Symbol.asyncDispose]();
  });
  /** The end of a job of that tool. */
  const ended = async (name: string, args: Record<string, unknown> = {}) => {
    const { job } = await session.call(name, args);
    const { jobs } = Object(await session.waitUntil({ jobs: [job] }, isIdle));
    return jobs;
  };

  it("is examined, measured, compared and reproduced, and every answer comes in time", async () => {
    const { call } = session;
    expect(await call("init_check")).toMatchObject({ problems: [] });
    expect(await ended("doctor")).toMatchObject([{ exit_code: 0 }]);
    expect(await ended("run_start", { experiments: 0 })).toMatchObject([{ exit_code: 0 }]);
    const { cursor } = await call("try", {
      from: "1",
      why: "size 90",
      files: [{ path: "src/size", content: "90\n" }],
    });
    await session.waitUntil({ since: cursor, changes: [1] }, isIdle);

    const compared = await call("compare", { from: "1", to: "1.1" });
    const lookups: readonly (readonly [string, Record<string, unknown>])[] = [
      ["status", {}],
      ["tree", {}],
      ["show", { id: "1.1" }],
      ["diff", { id: "1.1" }],
      ["context", { id: "1" }],
      ["init_check", {}],
    ];
    let slowestMs = 0;
    for (let i = 0; i < CALLS; i++) {
      const [name, args] = lookups[i % lookups.length] ?? ["status", {}];
      const startMs = performance.now();
      await call(name, args);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
    }
    console.log("slowest of", CALLS, Math.round(slowestMs));
    expect(slowestMs).toBeLessThan(MOST_MS);
    const { jobs } = Object(await session.waitUntil({ jobs: [compared.job] }, isIdle));
    console.log(JSON.stringify(jobs));
    expect(jobs).toMatchObject([{ exit_code: 0 }]);
    const reproduced = await ended("reproduce", { id: "1.1" });
    console.log(JSON.stringify(reproduced));
    expect(reproduced).toMatchObject([{ exit_code: 0 }]);
  });
});
