import { describe, expect, it } from "vitest";
import { waitForEnd } from "../../../src/sandbox/container/settle.ts";
import { type Answer, engineThatAnswers } from "../answering-engine.ts";
import { settings } from "../paper-settings.ts";

const ENDED: Answer = [200, { StatusCode: 0, Error: null }];
const WAIT = "/containers/c/wait";
const INSPECT = "/v4.0.0/libpod/containers/c/json";

async function waited(kind: "docker" | "podman", ...statuses: readonly string[]) {
  const states = statuses.map((Status): Answer => [200, { State: { Status } }]);
  const { docker, asked } = await engineThatAnswers(ENDED, ...states);
  await waitForEnd({ ...settings.engine, docker, kind }, docker.getContainer("c"));
  return asked;
}

describe("the end of a container", () => {
  it("is there once Docker says so", async () => {
    expect(await waited("docker")).toEqual([WAIT]);
  });

  it("is there once Podman has cleaned up", async () => {
    const asked = await waited("podman", "stopped", "stopped", "exited");
    expect(asked).toEqual([WAIT, INSPECT, INSPECT, INSPECT]);
  });

  it("is not waited for of a container that is gone", async () => {
    const { docker, asked } = await engineThatAnswers(ENDED, [
      404,
      { message: "no such container" },
    ]);
    await waitForEnd({ ...settings.engine, docker, kind: "podman" }, docker.getContainer("c"));
    expect(asked).toEqual([WAIT, INSPECT]);
  });
});
