import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ReportOptions, report } from "../../../../src/cli/commands/taking/report.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import type { RunFindings } from "../../../../src/store/run-record.ts";
import { metricOf } from "../../../agent/experiment-node.ts";
import { scratchFolder } from "../../../store/scratch.ts";
import { FakeSink, type FakeWorld, fakeWorld } from "../../fake-world.ts";
import { reportedNodes, reportedResult } from "../../reported-run.ts";
import { storeRun } from "../../stored-run.ts";

async function project(
  nodes = reportedNodes(),
  findings: RunFindings = { result: reportedResult() },
): Promise<FakeWorld> {
  const world = fakeWorld(scratchFolder());
  const environment = {
    engine: { url: "tcp://build.example:2376", id: "SECRET", version: "20.10.24", cpuCount: 2 },
    cpus: { agent: "0", measure: "1" },
    node: "v20.20.2",
  };
  await storeRun(world, nodes, findings, { environment });
  return world;
}

async function said(world: FakeWorld, options: ReportOptions): Promise<string> {
  const asked = fakeWorld(world.cwd);
  expect(await report(asked, options)).toBe(0);
  expect(asked.stderr.text).toBe("");
  return asked.stdout.text;
}

describe("report --markdown", () => {
  it("tells result, lineage, change, cost, reproduction and machine", async () => {
    expect(
      await said(await project(), { markdown: true }),
    ).toBe(`# matmul, run 1: time\\_ms 4.37x faster

**time\\_ms 4.37x faster, 95 % interval 4.32x to 4.41x faster, 20 fresh pairs of 1.1.1 against 1.** The run is unfinished: it was interrupted, and this is what it had by then.

| metric | before | after | gain | 95 % interval |
| --- | --- | --- | --- | --- |
| time\\_ms lower is better | 100 | 22.88 | 4.37x faster | 4.32x to 4.41x faster |

## How it came about

| node | verdict | what was tried | gain over the one before | interval | since the baseline |
| --- | --- | --- | --- | --- | --- |
| \`1.1\` | improved | swap the loops | time\\_ms -33.3 % | -33.8 % to -32.9 % | -33.3 % |
| \`1.1.1\` | confirmed | unroll \\| by 8 | time\\_ms -16.7 % | -17.4 % to -16.0 % | -44.4 % |

<details>
<summary>What was expected, and what was learnt</summary>

- \`1.1\` expected: fewer misses
- \`1.1\` learnt: as hoped

</details>

<details>
<summary>The change against the baseline</summary>

\`\`\`diff
diff --git a/src/a.c b/src/a.c
index 4e610c04d58371663d95ca8237eea260b08f090c..9ffc0dcfc26c24a20a2bdbc38c5d5944c028fd15 100644
--- a/src/a.c
+++ b/src/a.c
@@ -1 +1 @@
-int a;
+int c;
\`\`\`

</details>

## Cost

- experiments: 3
- tokens: 3,000 of 5
- cost: unknown
- time at work: 1m 00s
- verdicts: 1 confirmed, 1 improved, 1 worse

## Reproduce

\`\`\`sh
loopty show 1.1.1                    # the record as text
loopty reproduce 1.1.1               # measure it again and compare with the record
docker run --rm loopty/matmul:1.1.1  # build, verify and benchmark it
loopty export 1.1.1 --patch -        # all its changes against the baseline
loopty apply 1.1.1                   # write them into the workspace
\`\`\`

<details>
<summary>Machine and engine</summary>

- started: 2026-11-23 10:00 UTC
- agent: tuner
- started from: the workspace as it stood
- seed: 7
- cpu: 2 cpus
- measured on cpu: 1
- engine: 20.10.24
- Node.js: v20.20.2

</details>
`);
  });

  it("keeps what a model wrote from becoming a link, a mention, markup or the end of a block", async () => {
    const attack =
      "@all fixes #1, https://evil.example [x](javascript:alert(1)) <img src=x> | `a` **b** $x$ </details>";
    const world = await project(reportedNodes(attack, "````\n</details>\n"));
    const text = await said(world, { markdown: true });
    const escaped =
      "@<!-- -->all fixes #<!-- -->1, https:<!-- -->//evil.example \\[x\\]\\(javascript:alert\\(1\\)\\) " +
      "\\<img src=x\\> \\| \\`a\\` \\*\\*b\\*\\* <span>$</span>x<span>$</span> \\</details\\>";
    expect(text).toContain(`| \`1.1.1\` | confirmed | ${escaped} | time\\_ms`);
    expect(text.replaceAll(escaped, "")).not.toContain("evil");
    // The fence is longer than the one in the content, which therefore cannot close it.
    expect(text).toContain("\n+````\n+</details>\n`````\n\n</details>");
  });
});

describe("report", () => {
  it("is a file beside the run's records, or where it is asked for", async () => {
    const world = await project();
    const path = join(world.cwd, ".loopty/runs/1/report.html");
    expect(await said(world, {})).toBe(`run 1: report in ${path}\n`);
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>\n/);
    expect(JSON.parse(await said(world, { output: "r.html", json: true }))).toEqual({
      run: 1,
      kind: "html",
      path: join(world.cwd, "r.html"),
    });
    expect(readFileSync(join(world.cwd, "r.html"), "utf8")).toBe(readFileSync(path, "utf8"));
  });

  it("goes to a pipe for -, and never to a terminal", async () => {
    const world = await project();
    expect(await said(world, { output: "-" })).toMatch(/^<!doctype html>\n[\s\S]*<\/html>\n$/);
    const terminal = fakeWorld(world.cwd, { stdout: new FakeSink({ isTty: true }) });
    await expect(report(terminal, { output: "-" })).rejects.toMatchObject({
      message: "a terminal shows no HTML",
    });
    expect(terminal.stdout.text).toBe("");
  });

  it("loads nothing, and has no script and no style but its own", async () => {
    const html = await said(await project(), { output: "-" });
    expect(html).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|style=| on\w+=/);
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-`,
    );
  });

  it("tells nothing of the engine's address or identity", async () => {
    const world = await project();
    for (const options of [{ output: "-" }, { markdown: true }]) {
      expect(await said(world, options)).not.toMatch(/build\.example|SECRET/);
    }
  });

  it("shows what containers and models wrote as text", async () => {
    const attack = `</title><script>alert(1)</script><img src=x onerror="alert(2)">\u202e`;
    const html = await said(await project(reportedNodes(attack, attack)), { output: "-" });
    expect(html).not.toMatch(/<script|<img|\u202e/);
    expect(html).toContain("&lt;script>alert(1)&lt;/script>&lt;img src=x");
    expect(html).toContain("\\u202e");
  });

  it.each<[string, ReturnType<typeof reportedNodes>, RunFindings, string, string]>([
    ["without a node", [], {}, "nothing measured", "The baseline was not measured, so there is"],
    [
      "whose champion is the baseline",
      reportedNodes().filter(({ id }) => id === "1" || id === "1.2"),
      {},
      "no gain",
      "The one experiment was not better than the baseline.",
    ],
    [
      "whose champion was not measured afresh",
      reportedNodes(),
      {},
      "time_ms -44.4 %, not measured afresh",
      "By the sum of its steps 1.1.1 is time_ms -44.4 % against the baseline. That was not measured",
    ],
    [
      "whose gain is not proven",
      reportedNodes(),
      {
        result: {
          champion: parseId("1.1.1"),
          comparison: { against: parseId("1"), pairs: 4, metrics: [metricOf("time_ms", 0.005)] },
        },
      },
      "no proven gain",
      "not proven to be better than the baseline: time_ms -0.5 %, interval -1.5 % to +0.5 %, 4 fresh",
    ],
  ])("of a run %s says so", async (_, nodes, findings, title, sentence) => {
    const html = await said(await project(nodes, findings), { output: "-" });
    expect(html).toContain(`<title>matmul, run 1: ${title}</title>`);
    expect(html).toContain(sentence);
    expect(html).toContain("The run is unfinished: it was interrupted");
  });

  it("wants a run, not a node, and a place that can be written", async () => {
    const world = await project();
    await expect(report(world, { run: "1.1" })).rejects.toMatchObject({
      message: "1.1 is a node, and this is of a whole run",
    });
    await expect(report(world, { output: "no/such/r.html" })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/^cannot write /),
    });
    expect(existsSync(join(world.cwd, "no"))).toBe(false);
  });
});

describe("report --svg", () => {
  it("writes the pictures in both themes, and tells what to put into a README", async () => {
    const world = await project();
    expect(await said(world, { svg: "docs.svg" })).toBe(
      '<picture><source media="(prefers-color-scheme: dark)" srcset="docs-dark.svg"/>' +
        '<img src="docs-light.svg" alt="matmul, run 1: time_ms 4.37x faster"/></picture>\n',
    );
    const [light, dark] = ["docs-light.svg", "docs-dark.svg"].map((name) =>
      readFileSync(join(world.cwd, name), "utf8"),
    );
    for (const svg of [light, dark]) {
      expect(svg?.match(/data-id="[\d.]+"/g)).toEqual(
        ["1", "1.1", "1.1.1", "1.2"].map((id) => `data-id="${id}"`),
      );
      expect(svg?.match(/<title>.*?<\/title>/g)?.[0]).toBe(
        "<title>matmul, run 1: time_ms 4.37x faster</title>",
      );
      expect(svg?.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
      expect(svg).not.toMatch(/prefers-color-scheme|<script|@import|url\(/);
    }
    expect(light?.match(/--back: [^;]*/g)).toEqual(["--back: #fcfcfb"]);
    expect(dark?.match(/--back: [^;]*/g)).toEqual(["--back: #fcfcfb", "--back: #131519"]);
  });
});
