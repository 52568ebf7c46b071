import { describe, expect, it } from "vitest";
import { failedRun, invalidRun, KEPT_BYTES } from "../../src/measure/failed-run.ts";

const log = Buffer.from("a log");

describe("a failed run of the benchmark", () => {
  it("keeps a metrics file of some length as it is", () => {
    const file = Buffer.alloc(KEPT_BYTES, "1,2\n");
    const { file: kept, ...run } = invalidRun({ file, log }, "why");
    expect(run).toEqual({ kind: "failed", verdict: "metrics_invalid", reason: "why", log });
    expect(kept.equals(file)).toBe(true);
  });

  it("keeps the whole lines of a longer one's head, and says so in the log", () => {
    const file = Buffer.alloc(3 * KEPT_BYTES, "123,456789\n");
    const run = failedRun("bench_failed", "why", { file, log });
    expect(run.file.length).toBeGreaterThan(KEPT_BYTES - 11);
    expect(run.file.length).toBeLessThanOrEqual(KEPT_BYTES);
    expect(run.file.equals(file.subarray(0, run.file.length))).toBe(true);
    expect(run.file.toString("latin1", run.file.length - 11)).toBe("123,456789\n");
    expect(run.log.toString()).toBe(
      `a log\n[loopty: the benchmark wrote more metrics than the ${run.file.length} bytes that are kept of this run]\n`,
    );
    // Nothing holds the long one any more.
    expect(run.file.buffer.byteLength).toBeLessThan(file.length);
  });

  it("cuts a line that is too long itself", () => {
    const run = failedRun("timeout", "why", { file: Buffer.alloc(2 * KEPT_BYTES), log });
    expect(run.file.length).toBe(KEPT_BYTES);
  });
});
