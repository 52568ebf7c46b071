import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject } from "../project.ts";
import { isIdle, LIBRARIES, openSession } from "./agent-client.ts";

const waitedSchema = z.object({
  jobs: z.array(z.object({ state: z.unknown(), result: z.unknown(), error: z.unknown() })),
});

describe("a client of loopty mcp on a real engine", () => {
  it.each(LIBRARIES)(
    "lists every tool and calls each of them, by %s",
    async (library) => {
      await using project = await openTestProject(shellProject());
      const { client, ask, waitUntil } = await openSession(project.directory, library);
      const called = new Set<string>();
      /** What a call that went well answered. */
      const call = async (name: string, args: Record<string, unknown> = {}) => {
        called.add(name);
        const reply = await ask(name, args);
        expect(reply, `${name}: ${reply.text}`).toMatchObject({ isError: false });
        expect(Buffer.byteLength(reply.text), name).toBeLessThanOrEqual(4096);
        return reply.json;
      };
      /** How a job ended that a call started. */
      const done = async (name: string, args: Record<string, unknown> = {}) => {
        const { job } = await call(name, args);
        called.add("wait");
        const { jobs } = waitedSchema.parse(await waitUntil({ jobs: [job] }, isIdle));
        return jobs;
      };
      const wentWell = { state: { kind: "ended", exit: 0 }, error: null };

      expect(await call("status")).toMatchObject({ runs: [] });
      expect(await call("init_check")).toMatchObject({
        checks: ["config", "workspace", "grader"].map((name) => ({ name, state: "ok" })),
      });
      expect(await done("doctor")).toMatchObject([
        { ...wentWell, result: { checks: expect.any(Array) } },
      ]);
      expect(await done("run_start", { experiments: 0 })).toMatchObject([wentWell]);

      await call("context", { id: "root" });
      const handedIn = await call("try", {
        from: "root",
        why: "size 90",
        files: [{ path: "src/size", content: "90\n" }],
      });
      const { cursor } = handedIn;
      expect(await waitUntil({ since: cursor, changes: [1] }, isIdle)).toMatchObject({
        changes: [{ change: 1, node: "1.1", verdict: "improved" }],
      });
      expect(await call("tree")).toMatchObject({ champion: "1.1" });
      expect(await call("show", { id: "1.1" })).toMatchObject({
        id: "1.1",
        description: "size 90",
      });
      expect(JSON.stringify(await call("diff", { id: "1.1" }))).toContain("+90");

      expect(await done("compare", { from: "1", to: "1.1" })).toMatchObject([
        { ...wentWell, result: { from: "1", to: "1.1" } },
      ]);
      expect(await done("reproduce", { id: "1.1" })).toMatchObject([{ ...wentWell, result: null }]);

      await call("note", { id: "1.1", text: "the size is all that counts" });
      await call("pin", { id: "1.1" });
      await call("freeze", { id: "1" });
      const { job } = await call("run_start", { resume: true, experiments: 20, tokens: 1000 });
      await expect
        .poll(async () => (await ask("stop")).isError, { timeout: 120_000, interval: 200 })
        .toBe(false);
      called.add("stop");
      const ended = waitedSchema.parse(await waitUntil({ jobs: [job] }, isIdle));
      expect(ended.jobs).toMatchObject([wentWell]);

      expect(await call("apply", { id: "1.1" })).toMatchObject({ id: "1.1" });
      expect(await readFile(join(project.directory, "src/size"), "utf8")).toBe("90\n");

      const { tools } = await client.listTools();
      expect([...called].sort()).toEqual(tools.map(({ name }) => name).sort());
      await client.close();
    },
    900_000,
  );
});
