import { describe, expect, it } from "vitest";
import { commit } from "../../../src/sandbox/image/image.ts";
import { engineThatAnswers } from "../answering-engine.ts";
import { settings } from "../paper-settings.ts";

const IMAGE = { Config: { Labels: { "loopty.project": settings.projectId } } };

describe("a commit", () => {
  it("leaves the command to Docker, as the container has it", async () => {
    const { docker, asked } = await engineThatAnswers([200, IMAGE]);
    const engine = { ...settings.engine, docker };
    await commit({ ...settings, engine }, docker.getContainer("c"), "loopty/x:1.2");
    expect(asked[1]).toBe("/commit?repo=loopty/x&tag=1.2&pause=false&author=loopty&container=c");
  });

  it("takes the command out of the entrypoint on Podman", async () => {
    const container = { Config: { Entrypoint: ["sh"], Cmd: ["-c", "a\nb"] } };
    const { docker, asked } = await engineThatAnswers([200, IMAGE], [200, container], [200, IMAGE]);
    const engine = { ...settings.engine, docker, kind: "podman" as const };
    await commit({ ...settings, engine }, docker.getContainer("c"), "loopty/x:1.2");
    expect(asked[2]).toContain('&changes=ENTRYPOINT []\nCMD ["sh","-c","a\\nb"]');
  });
});
