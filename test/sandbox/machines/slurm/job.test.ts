import { describe, expect, it } from "vitest";
import { EngineError } from "../../../../src/core/error.ts";
import { SlurmJob } from "../../../../src/sandbox/machines/slurm/job.ts";
import { FakePrograms } from "./fake-programs.ts";
import { HandClock } from "./hand-clock.ts";
import { machinesOf } from "./machines.ts";

const NEVER = new AbortController().signal;
const waits = (reason: string) =>
  `JobId=7 JobState=PENDING Reason=${reason} Restarts=0 RunTime=00:00:00`;
const RUNS = "JobId=7 JobState=RUNNING Reason=None Restarts=0 RunTime=00:00:02 NodeList=n1";

async function submit(scontrol: readonly (string | Error)[], sbatch = "7\n") {
  const programs = new FakePrograms({ sbatch: [sbatch], scontrol });
  const clock = new HandClock();
  const job = await SlurmJob.submit(machinesOf({}), "#!/bin/sh\n", programs, clock);
  return { job, programs, clock };
}

describe("a job of Slurm", () => {
  it("is submitted with its script by stdin, and known by its number", async () => {
    const { job, programs } = await submit([RUNS], "7;cluster\n");
    expect(job.id).toBe("7");
    expect(programs.scripts).toEqual(["#!/bin/sh\n"]);
    await expect(submit([RUNS], "Submitted batch job 7\n")).rejects.toBeInstanceOf(EngineError);
  });

  it("waits for a node however long, says why once, and spares the controller", async () => {
    const { job, clock, programs } = await submit([
      waits("None"),
      waits("Resources"),
      waits("Resources"),
      RUNS,
    ]);
    const reasons: string[] = [];
    await job.started((reason) => reasons.push(reason), NEVER);
    expect(reasons).toEqual(["None", "Resources"]);
    expect(clock.slept).toEqual([1000, 5000, 5000]);
    expect(programs.calls.at(-1)).toEqual(["scontrol", "--oneliner", "show", "job", "7"]);
  });

  it("that nothing but a change can start is an error at once", async () => {
    const { job } = await submit([waits("BadConstraints")]);
    await expect(job.started(() => {}, NEVER)).rejects.toMatchObject({
      name: "EngineError",
      message: "Slurm's job 7 can never start: BadConstraints",
    });
  });

  it("that is cancelled in the queue says so", async () => {
    const { job } = await submit([waits("Priority"), "JobState=CANCELLED Restarts=0"]);
    await expect(job.started(() => {}, NEVER)).rejects.toMatchObject({
      name: "EngineError",
      message: "Slurm's job 7 was cancelled",
      hint: "`scontrol show job 7` says more while Slurm knows it",
    });
  });

  it("that Slurm forgot is over, and any other failure of Slurm is one", async () => {
    const unknown = new EngineError(
      "scontrol failed: slurm_load_jobs error: Invalid job id specified",
    );
    const { job } = await submit([unknown]);
    expect(await job.state()).toEqual({ kind: "ended", end: "forgotten", ranMs: 0 });
    const down = new EngineError("scontrol failed: Unable to contact slurm controller");
    await expect((await submit([down])).job.state()).rejects.toBe(down);
  });

  it("counts the time that it has had its node, until that is given back", async () => {
    const { job, clock, programs } = await submit([waits("Priority"), RUNS]);
    await job.started(() => {}, NEVER);
    await clock.tick(10_000);
    expect(job.lentMs()).toBe(12_000);
    await job.giveBack();
    await clock.tick(10_000);
    expect(job.lentMs()).toBe(12_000);
    expect(programs.calls.at(-1)).toEqual(["scancel", "7"]);
    expect(job.failure("preempted").message).toBe(
      "Slurm's job 7 on n1 had to make room for a job that counts more",
    );
  });
});
