import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type JobEnd,
  readJobState,
  sentenceOf,
  waitsForEver,
} from "../../../../src/sandbox/machines/slurm/job-state.ts";

/** As slurmctld 22.05 writes it, without the fields that nobody reads. */
const line = (fields: Readonly<Record<string, string>>) =>
  Object.entries({
    JobId: "12",
    JobName: "loopty",
    JobState: "RUNNING",
    Reason: "None",
    Requeue: "0",
    Restarts: "0",
    ExitCode: "0:0",
    RunTime: "00:02:26",
    TimeLimit: "01:00:00",
    ReqNodeList: "(null)",
    NodeList: "n1",
    ...fields,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");

describe("what Slurm says of a job", () => {
  it("is why it waits", () => {
    expect(readJobState(line({ JobState: "PENDING", Reason: "Resources", NodeList: "" }))).toEqual({
      kind: "waiting",
      reason: "Resources",
    });
    expect(readJobState(line({ JobState: "CONFIGURING", Reason: "None" }))).toEqual({
      kind: "waiting",
      reason: "None",
    });
  });

  it("is where it runs, and since when", () => {
    expect(readJobState(line({}))).toEqual({ kind: "running", node: "n1", ranMs: 146_000 });
    expect(readJobState(line({ RunTime: "2-01:00:00" }))).toMatchObject({ ranMs: 176_400_000 });
  });

  it.each<[string, JobEnd, string]>([
    ["CANCELLED", "given_back", "was cancelled"],
    ["TIMEOUT", "out_of_time", "is out of its time"],
    ["DEADLINE", "out_of_time", "is out of its time"],
    ["PREEMPTED", "preempted", "had to make room for a job that counts more"],
    ["REQUEUED", "requeued", "was put back into the queue, and what was on its node is lost"],
    ["NODE_FAIL", "node_failed", "lost its node"],
    ["BOOT_FAIL", "node_failed", "lost its node"],
    ["OUT_OF_MEMORY", "out_of_memory", "needed more memory than it asked for"],
    ["SUSPENDED", "suspended", "is suspended"],
    ["FAILED", "failed", "failed"],
    ["COMPLETED", "over", "ended by itself"],
    ["SOMETHING_NEW", "failed", "failed"],
  ])("is its end: %s", (state, end, sentence) => {
    expect(readJobState(line({ JobState: state }))).toEqual({
      kind: "ended",
      end,
      ranMs: 146_000,
    });
    expect(sentenceOf(end)).toBe(sentence);
  });

  it("is an end for one that was requeued, though it waits or even runs again", () => {
    for (const state of ["PENDING", "RUNNING"]) {
      expect(readJobState(line({ JobState: state, Restarts: "1" }))).toMatchObject({
        kind: "ended",
        end: "requeued",
      });
    }
  });

  it("tells a job that ended when Slurm asked it to, by the time that was left", () => {
    const asked = { JobState: "FAILED", ExitCode: "143:0" };
    expect(readJobState(line({ ...asked, RunTime: "00:59:31" }))).toMatchObject({
      end: "out_of_time",
    });
    expect(readJobState(line({ ...asked, RunTime: "00:10:00" }))).toMatchObject({
      end: "asked_to_end",
    });
    expect(readJobState(line({ ...asked, TimeLimit: "UNLIMITED" }))).toMatchObject({
      end: "asked_to_end",
    });
  });

  it("is read from any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(readJobState(text).kind).toMatch(/^(waiting|running|ended)$/);
      }),
    );
  });
});

describe("a job that waits", () => {
  it.each(["PartitionConfig", "BadConstraints", "AssocMaxWallDurationPerJobLimit"])(
    "for %s waits until somebody changes something",
    (reason) => {
      expect(waitsForEver(reason)).toBe(true);
    },
  );

  it.each([
    "None",
    "Priority",
    "Resources",
    "Dependency",
    "BeginTime",
    "QOSGrpCpuLimit",
    "QOSMaxCpuPerUserLimit",
  ])("for %s will have its turn", (reason) => {
    expect(waitsForEver(reason)).toBe(false);
  });
});
