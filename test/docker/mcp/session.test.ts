import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";
import { isIdle, openSession } from "./agent-client.ts";

describe("loopty mcp on a real engine", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openTestProject(shellProject());
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  it("goes on when its client and its server are gone, and a later session finds all verdicts", async () => {
    const { directory } = project;
    const first = await openSession(directory);
    const started = await first.call("run_start", { experiments: 0 });
    await first.waitUntil({ jobs: [started.job] }, isIdle);
    const give = (from: string, size: string) =>
      first.call("try", {
        from,
        why: `size ${size}`,
        files: [{ path: "src/size", content: `${size}\n` }],
      });
    const { cursor, ...handedIn } = await give("1", "90");
    expect(handedIn).toMatchObject({ outcome: "handed_in", change: 1 });
    await give("1", "110");
    process.kill(first.pid, "SIGKILL");

    const second = await openSession(directory);
    await second.waitUntil({ since: cursor, changes: [1] }, (reply) =>
      JSON.stringify(reply).includes('"improved"'),
    );
    const third = await second.call("try", {
      from: "1.1",
      why: "smaller still",
      patch: "--- a/src/size\n+++ b/src/size\n@@ -1 +1 @@\n-90\n+50\n",
    });
    expect(third).toMatchObject({ outcome: "handed_in", change: 3, from: "1.1" });
    const last = await second.waitUntil({ since: cursor, changes: [1, 2, 3] }, isIdle);
    expect(last).toMatchObject({
      changes: [
        { change: 1, node: "1.1", verdict: "improved" },
        { change: 2, node: "1.2", verdict: "worse" },
        { change: 3, node: "1.1.1", verdict: "improved" },
      ],
    });
    expect(await second.call("tree")).toMatchObject({ champion: "1.1.1" });
    await second.client.close();
  });
});
