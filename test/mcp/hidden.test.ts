import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gitRepositories } from "../../src/store/git/repositories.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { openFakeProject, testProject } from "../loop/fake-project.ts";
import { costProgram, type FakeProgram, HEADER } from "../sandbox/fake/fake-program.ts";
import { measureBaseline, openSession } from "./agent-session.ts";

const SECRET = "seven-times-six";
const FAILURES = ["wrong", "crash", "hang", "hog", "no rows", "secret cell", "no build"];

/** Everything that runs beside the hidden files says what is in them, in every place that it has. */
function talkativeProgram(): FakeProgram {
  const program = costProgram();
  return {
    build: (files) => program.build(files),
    verify: (files) => ({ ...program.verify(files), log: `${files["oracle/answer"]}\n` }),
    benchmark: (files, random) => {
      const step = program.benchmark(files, random);
      const log = `${files["oracle/answer"]}\n`;
      const isSecret = files["src/cost"]?.includes("secret cell") === true;
      return isSecret ? { ...step, log, rows: [HEADER, `1,${log}`] } : { ...step, log };
    },
  };
}

describe("what is hidden", () => {
  it("is in no answer, whatever an agent tries and asks", async () => {
    const change = fc.oneof(
      fc.integer({ min: 50, max: 150 }).map(String),
      fc.constantFrom(...FAILURES),
    );
    const changes = fc.uniqueArray(change, { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (contents) => {
        await using project = await openFakeProject({
          files: { "oracle/answer": `${SECRET}\n` },
          program: talkativeProgram(),
          repositories: gitRepositories(process.env.PATH ?? ""),
        });
        await measureBaseline(project);
        const { client, call, handle } = await openSession(project);
        const answers: unknown[] = [];
        const ask = async (name: string, args: Record<string, unknown> = {}) => {
          const reply = await call(name, args);
          answers.push(reply);
          return reply;
        };
        const numbers: number[] = [];
        for (const content of contents) {
          const files = [{ path: "src/cost", content: `${content}\n` }];
          const { json } = await ask("try", { from: "1", why: "another cost", files });
          if (typeof json.change === "number") numbers.push(json.change);
        }
        await ask("wait", { since: "1:0", changes: numbers });
        for (const name of ["status", "tree", "wait", "stop"]) await ask(name);
        const ids = (await project.stored(1)).nodes.map(({ id }) => String(id));
        expect(ids.length).toBe(1 + numbers.length);
        for (const id of ids) {
          for (const name of ["show", "diff", "context"]) {
            expect(await ask(name, { id })).toMatchObject({ isError: false });
          }
          for (const log of ["build", "verify", "bench"]) {
            await ask("show", { id, log });
            answers.push(await read(client, `loopty://node/${id}/log/${log}`));
          }
          answers.push(await read(client, `loopty://node/${id}/metrics`));
          answers.push(await read(client, `loopty://node/${id}/file/oracle/answer`));
        }
        answers.push(await read(client, "loopty://run/1/tree"));
        const text = JSON.stringify(answers);
        expect(text).not.toContain(SECRET);
        expect(text).not.toMatch(/"hidden":|oracle\/",/);
        await handle.close();
      }),
      { numRuns: 6 },
    );
  });
});

/** A server whose jobs have all ended at once with this exit code, and said what is hidden wherever they say anything. */
async function openTalkativeJobs(exit: number, printed: unknown) {
  const project = await testProject();
  await measureBaseline(project);
  const world = fakeWorld(project.directory, {
    processes: project.newProcess(),
    newUuid: () => crypto.randomUUID(),
    startDetached: (_args, folder) => {
      writeFileSync(join(folder, "stdout"), JSON.stringify(printed));
      writeFileSync(join(folder, "stderr"), `error: verify said ${SECRET}\n`);
      writeFileSync(join(folder, "ended"), `${exit}\n`);
    },
  });
  return openSession(project, "current", null, world);
}

describe("the result of a job that saw what is hidden", () => {
  const checks = ["image", "verify"].map((name) => ({
    name,
    state: "ok",
    text: name === "verify" ? SECRET : "it is there",
    hint: name === "verify" ? SECRET : null,
  }));
  const findings = [{ attack: "hard-coded", outcome: "believed", evidence: SECRET }];
  it.each([
    ["doctor", {}, { checks }, { checks: [checks[0], { name: "verify", state: "ok" }] }],
    [
      "doctor",
      { how: "attack" },
      { findings },
      { findings: [{ attack: "hard-coded", outcome: "believed" }] },
    ],
    ["doctor", { how: "measure" }, { noise: SECRET }, null],
    ["reproduce", { id: "1" }, { log: SECRET }, null],
  ])("of %s %j is told without it", async (name, args, printed, told) => {
    for (const exit of [0, 2]) {
      const { call } = await openTalkativeJobs(exit, printed);
      const { json } = await call(name, args);
      const waited = await call("wait", { jobs: [json.job] });
      expect(waited.json).toMatchObject({ jobs: [{ job: json.job, result: told }] });
      expect(JSON.stringify(waited)).not.toContain(SECRET);
    }
  });

  it("is a place for a person to look where it failed", async () => {
    const { call } = await openTalkativeJobs(4, null);
    const { json } = await call("compare", { from: "1", to: "1" });
    const waited = await call("wait", { jobs: [json.job] });
    expect(waited.text).toContain("a person can read why: .loopty/jobs/1/stderr");
    expect(JSON.stringify(waited)).not.toContain(SECRET);
  });
});

async function read(
  client: Awaited<ReturnType<typeof openSession>>["client"],
  uri: string,
): Promise<unknown> {
  try {
    return await client.readResource({ uri });
  } catch (error) {
    return String(error);
  }
}
