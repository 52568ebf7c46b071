import { expect, it } from "vitest";
import { leftoverProblems } from "../loop/wholeness.ts";
import { poolCampaign } from "./pool-campaign.ts";
import { openPoolProject } from "./pool-project.ts";

const rounds = Number(process.env.LOOPTY_KILL_ROUNDS ?? 3);
const seed = Number(process.env.LOOPTY_KILL_SEED ?? 1);
const MINUTES_A_ROUND = 3;

it(`a pool of three over ssh and TLS whose loopty, engines and connections are killed ${rounds} times by the seed ${seed} loses nothing, pays for nothing twice and leaves nothing behind`, {
  timeout: rounds * MINUTES_A_ROUND * 60_000,
}, async () => {
  await using project = await openPoolProject();
  const problems: string[] = [];
  for await (const { run, what, problems: found } of poolCampaign(project, { rounds, seed })) {
    console.log(`run ${run} ${what}: ${found.join("; ") || "whole"}`);
    problems.push(...found.map((problem) => `run ${run} ${what}: ${problem}`));
  }
  const clean = await project.run(["clean"], []);
  expect(clean.code, clean.progress).toBe(0);
  for (const machine of project.engines.keys()) {
    problems.push(...(await leftoverProblems(project, machine)));
    const images = await project.engines.get(machine)?.listImages();
    const ours = (images ?? []).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(ours.filter((tag) => tag.startsWith("loopty/"))).toEqual([]);
  }
  expect(problems).toEqual([]);
});
