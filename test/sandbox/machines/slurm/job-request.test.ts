import { describe, expect, it } from "vitest";
import { jobArguments, stepArguments } from "../../../../src/sandbox/machines/slurm/job-request.ts";
import { machinesOf } from "./machines.ts";

describe("the arguments of sbatch", () => {
  const always = ["--parsable", "--job-name=loopty", "--no-requeue", "--nodes=1", "--ntasks=1"];
  const nowhere = ["--chdir=/", "--output=/dev/null", "--error=/dev/null", "--input=/dev/null"];

  it("ask for one machine that is told before its end and never starts again", () => {
    expect(jobArguments(machinesOf({}))).toEqual([
      ...always,
      "--cpus-per-task=2",
      "--mem=4096M",
      "--time=60",
      "--signal=B:TERM@30",
      ...nowhere,
    ]);
  });

  it("say what is wanted of it, in Slurm's units and rounded up", () => {
    const wanted = { partition: "p;q", constraint: "a|b", gpus: 2, time: "301s", memory: "1025k" };
    expect(jobArguments(machinesOf(wanted))).toEqual([
      ...always,
      "--cpus-per-task=2",
      "--mem=2M",
      "--time=6",
      "--signal=B:TERM@30",
      "--partition=p;q",
      "--constraint=a|b",
      "--gres=gpu:2",
      ...nowhere,
    ]);
  });

  it("take a whole node for the node's own docker, whose containers are outside of the job", () => {
    expect(jobArguments(machinesOf({ engine: "docker" }))).toContain("--exclusive");
  });
});

it("a step runs beside the others of its job, and nothing is held back of what it writes", () => {
  expect(stepArguments("12", ["sh", "a b"])).toEqual([
    "--jobid=12",
    "--overlap",
    "--nodes=1",
    "--ntasks=1",
    "--unbuffered",
    "--quiet",
    "--chdir=/",
    "--",
    "sh",
    "a b",
  ]);
});
