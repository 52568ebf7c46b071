import { describe, expect, it } from "vitest";
import { processFailure } from "../../src/sandbox/process-end.ts";

const times = { startedAt: new Date(0), endedAt: new Date(0), wallMs: 0 };

describe("how a process failed", () => {
  it.each([
    [1, "the benchmark exited with 1"],
    [135, "the benchmark exited with 135, a bus error: sandbox.shm is the size of /dev/shm"],
  ])("is told by its exit code %d", (exitCode, reason) => {
    expect(processFailure("the benchmark", { kind: "exited", exitCode, ...times })).toEqual({
      kind: "failed",
      reason,
    });
  });
});
