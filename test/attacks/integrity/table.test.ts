import { describe, expect } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { MetricsStream } from "../../../src/core/metrics/stream.ts";
import { readMetricsTable } from "../../../src/core/metrics/table.ts";
import { failedVerify } from "../../../src/loop/comparing/build-and-verify.ts";
import { FrameReader } from "../../../src/sandbox/container/frame.ts";
import { metricsCsv } from "../../../src/store/metrics-csv.ts";
import { MINIMAL } from "../../config/minimal.ts";
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
});
