import { describe, expect } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { compareMetric } from "../../../src/core/judging/comparison.ts";
import { unseenClaims } from "../../../src/core/judging/doubt.ts";
import { readHeader } from "../../../src/core/metrics/metric.ts";
import { comparableRows } from "../../../src/core/metrics/row-rule.ts";
import { MetricsStream } from "../../../src/core/metrics/stream.ts";
import { readMetricsTable } from "../../../src/core/metrics/table.ts";
import { seeded } from "../../../src/core/statistics/random.ts";
import { failedVerify } from "../../../src/loop/comparing/build-and-verify.ts";
import { FrameReader } from "../../../src/sandbox/container/frame.ts";
import { metricsCsv } from "../../../src/store/metrics-csv.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { measuredPair, runValues } from "../../core/judging/run-values.ts";
import { attack } from "../attack.ts";

describe("what a benchmark says", () => {
  const faultOf = (text: string) => {
    const reading = readMetricsTable(text);
    return reading.kind === "invalid" ? reading.reason : "it is a table";
  };

  attack(
    {
      case: "49",
      title: "forged numbers, columns and rows in the metrics",
      outcome: "the whole file is metrics_invalid, and a formula is written as text",
    },
    () => {
      const cells = ["NaN", "inf", "-Infinity", "1e400", "0x1", "1_0", "1ms", "", "=1+1", '"1,5"'];
      const files = [
        ...cells.map((cell) => `i,ms\n1,${cell}\n`),
        "i,ms\n1,2,3\n",
        "i,ms\n1,2\ni,ms\n2,1\n",
        "i,ms\n1,2\n1,1\n",
        "i,ms\n2,2\n1,1\n",
        "i,ms,ms\n1,2,1\n",
        "i,ms,ms (lower is better)\n1,2,1\n",
        "i,__proto__\n1,2\n",
        'i,"ms\nrss"\n1,2\n',
        "i,ms\n1,2\0\n",
        "i,m\u202es\n1,2\n",
      ];
      expect(files.filter((file) => faultOf(file) === "it is a table")).toEqual([]);
      const metric = { header: "=cmd|' /C calc'!A0", name: "x", direction: "lower" } as const;
      expect(metricsCsv([metric], [])).toBe("iteration,'=cmd|' /C calc'!A0,node\n");
    },
  );

  attack(
    {
      case: "107",
      title: "a header of a megabyte, and a hundred thousand columns",
      outcome: "metrics_invalid, before it costs anything",
    },
    () => {
      expect(faultOf(`i,${"x".repeat(2 ** 21)}\n1,2\n`)).toBe(
        "the row is longer than 1048576 bytes",
      );
      expect(faultOf(`i,${"x".repeat(2 ** 19)}\n1,2\n`)).toContain("longer than 200 characters");
      const columns = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join();
      const start = performance.now();
      expect(faultOf(`i,${columns}\n1,2\n`)).toBe("more than 1000 columns");
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  attack(
    {
      case: "121",
      title: "hundreds of whole rows under 130,000 columns, for whoever follows them live",
      outcome: "no row is told: the harness, its log and the terminal stay as small as before",
    },
    () => {
      const columns = Array.from({ length: 130_000 }, (_, i) => i.toString(36)).join(",z");
      const row = ",1".repeat(130_000);
      const stream = new MetricsStream();
      const told = [`n,z${columns}\n`, `1${row}\n`, `2${row}\n`].flatMap((line) => [
        ...stream.push(Buffer.from(line)),
      ]);
      expect(told).toEqual([]);
      expect(stream.metrics).toBeNull();
    },
  );

  attack(
    {
      case: "108",
      title: "output that imitates the engine's framing of two streams",
      outcome: "is the text that it is, on the stream that it came by",
    },
    () => {
      const frame = (stream: number, text: string | Buffer) => {
        const header = Buffer.alloc(8);
        header[0] = stream;
        header.writeUInt32BE(text.length, 4);
        return Buffer.concat([header, Buffer.from(text)]);
      };
      const [stdout, stderr] = [1, 2];
      // Printed by the code under test on stderr, which is no metric: a frame of stdout.
      const forged = frame(stdout, "1,0.001\n");
      const wire = Buffer.concat([frame(stderr, forged), frame(stdout, "1,5\n")]);
      for (const size of [1, 7, 8, 9, wire.length]) {
        const seen = { out: [""], err: [""] };
        const reader = new FrameReader({
          onStdout: (chunk) => void seen.out.push(chunk.toString("latin1")),
          onStderr: (chunk) => void seen.err.push(chunk.toString("latin1")),
        });
        for (let at = 0; at < wire.length; at += size) reader.push(wire.subarray(at, at + size));
        expect([seen.out.join(""), seen.err.join("")]).toEqual([
          "1,5\n",
          forged.toString("latin1"),
        ]);
      }
    },
  );

  attack(
    {
      case: "103",
      title: "verify's exit code as a way to tell the agent what the hidden files hold",
      outcome: "the agent is told that it failed, and neither code nor log",
    },
    () => {
      const verified = {
        verdict: "verify_failed",
        reason: "verify exited with 115",
        log: Buffer.from("expected s3cr3t\n"),
      } as const;
      const access = parseConfig(MINIMAL).access;
      expect(failedVerify(verified, { ...access, hidden: ["oracle/"] })).toEqual({
        kind: "failed",
        verdict: "verify_failed",
        reason: "verify exited with 115",
        failure: { step: "verify", reason: "verify failed", log: "" },
      });
      expect(failedVerify(verified, access)).toMatchObject({
        reason: "verify exited with 115",
        failure: { reason: "verify exited with 115", log: "expected s3cr3t" },
      });
    },
  );

  attack(
    {
      case: "135",
      title: "a benchmark of a fixed time that warms up unseen and ends after one fast row",
      outcome: "metrics_invalid, as are fewer than half of the baseline's fewest rows",
    },
    () => {
      const row = (iteration: number, ms: number) => ({ iteration, values: [ms] });
      const table = (values: readonly number[]) => ({
        metrics: [readHeader("time_ms (lower is better)")],
        rows: values.map((ms, i) => row(i + 1, ms)),
      });
      const parent = table([19, 14, 12, ...Array.from({ length: 90 }, () => 10)]);
      const rule = { warmupRows: 0, fixedRows: false, fewestRows: 88 };
      expect(comparableRows(parent, table([10]), rule)).toEqual({
        kind: "not_comparable",
        reason:
          "printed 1 row of iterations that its parent's printed too, where no two runs of the baseline had fewer than 88 in common",
      });
      const half = Array.from({ length: 44 }, () => 10);
      expect(comparableRows(parent, table(half), rule)).toMatchObject({ kind: "comparable" });
      expect(comparableRows(parent, table(half.slice(1)), rule).kind).toBe("not_comparable");
    },
  );

  attack(
    {
      case: "143",
      title: "one lie under an iteration of the parent's, and all other rows under new ones",
      outcome: "metrics_invalid: what is compared must be half of what the baseline compares",
    },
    () => {
      const rule = { warmupRows: 0, fixedRows: false, fewestRows: 88 };
      const table = (first: number, iterationOf: (i: number) => number) => ({
        metrics: [readHeader("time_ms (lower is better)")],
        rows: Array.from({ length: 90 }, (_, i) => ({
          iteration: iterationOf(i),
          values: [i === 0 ? first : 10],
        })),
      });
      const parent = table(10, (i) => i);
      const chosen = table(0.01, (i) => (i === 0 ? 0 : 1_000_000 + i));
      expect(comparableRows(parent, chosen, rule)).toEqual({
        kind: "not_comparable",
        reason:
          "printed 1 row of iterations that its parent's printed too, where no two runs of the baseline had fewer than 88 in common",
      });
      expect(
        comparableRows(
          parent,
          table(10, (i) => i + 40),
          rule,
        ).kind,
      ).toBe("comparable");
    },
  );

  attack(
    {
      case: "144",
      title:
        "half of the rows left out, so that a lie in the others is less than a tenth of the run",
      outcome: "flagged: a claim counts from a tenth of what is compared",
    },
    () => {
      const time = readHeader("time_ms (lower is better)");
      const rule = { kinds: ["samples" as const], addsUp: [true] };
      const run = (ms: number, rows: number, i: number) => {
        const wallMs = 1000 + (i % 3);
        return runValues({ values: [ms], sums: [rows * ms], rows, wallMs, cpuMs: wallMs });
      };
      const pairs = Array.from({ length: 6 }, (_, i) => {
        const parent = { ...run(10, 100, i), beyond: { rows: 50, sums: [500] } };
        // It did half of the work, and claims to be 18 % faster at it.
        const child = { ...run(8.2, 50, i), wallMs: 500 + (i % 3), cpuMs: 500 + (i % 3) };
        return measuredPair(parent, child, i);
      });
      expect(unseenClaims([time], pairs, rule)).toMatchObject([{ metric: "time_ms" }]);
    },
  );

  attack(
    {
      case: "136",
      title:
        "code that prints a lie in a third to two thirds of its runs, and the truth in the others",
      outcome: "flagged wherever it would be credited with more than a tenth of the run",
    },
    () => {
      const time = readHeader("time_ms (lower is better)");
      const rule = { kinds: ["samples" as const], addsUp: [true] };
      const random = seeded("part-time liars");
      let credited = 0;
      for (let trial = 0; trial < 600; trial++) {
        const share = 0.3 + 0.4 * random.next();
        const lie = 0.1 + 0.5 * random.next();
        const pairs = Array.from({ length: 20 }, (_, i) => {
          const run = (factor: number) => {
            const wallMs = 1000 * (1 + 0.02 * (random.next() - 0.5));
            const values = [0.17 * wallMs * factor];
            return runValues({
              values,
              sums: [0.85 * wallMs * factor],
              rows: 5,
              wallMs,
              cpuMs: wallMs,
            });
          };
          return measuredPair(run(1), run(random.next() < share ? lie : 1), i);
        });
        const { gain } = compareMetric(
          time,
          0,
          pairs.map(({ order, parent, child }) => ({
            order,
            parent: parent.values,
            child: child.values,
          })),
        );
        if ((0.85 * gain) / (1 + gain) < 0.11) continue;
        credited++;
        expect([share, lie, unseenClaims([time], pairs, rule).length]).toEqual([share, lie, 1]);
      }
      expect(credited).toBeGreaterThan(200);
    },
  );
});
