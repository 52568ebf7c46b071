import { describe, expect, it } from "vitest";
import {
  mountRootEnd,
  sourceMount,
  wholeMount,
} from "../../../src/sandbox/editing/volume-mount.ts";
import { settings } from "../paper-settings.ts";

const VOLUME = { name: "v", mountpoint: "/var/lib/docker/volumes/v/_data" };

describe("the mount of a volume's source", () => {
  it("is bound by its path on the engine's host below API 1.45, which ignores subpaths silently", () => {
    expect(sourceMount(settings, VOLUME, "3", "/workspace/a", true)).toEqual({
      Type: "bind",
      Source: "/var/lib/docker/volumes/v/_data/3",
      Target: "/workspace/a",
      ReadOnly: true,
    });
  });

  it("is a subpath of the volume from API 1.45", () => {
    const newer = { ...settings, engine: { ...settings.engine, mountsSubpaths: true } };
    expect(sourceMount(newer, VOLUME, "3", "/workspace/a", false)).toEqual({
      Type: "volume",
      Source: "v",
      Target: "/workspace/a",
      ReadOnly: false,
      VolumeOptions: {
        NoCopy: true,
        Labels: {},
        DriverConfig: { Name: "local", Options: {} },
        Subpath: "3",
      },
    });
  });

  it("shows in the kernel's list by volume and source, wherever the engine keeps its volumes", () => {
    expect(mountRootEnd(VOLUME, "3")).toBe("/v/_data/3");
    expect(mountRootEnd(VOLUME, null)).toBe("/v/_data");
  });

  it("has beside it the whole volume, with nothing copied into it", () => {
    const whole = wholeMount(VOLUME, "/run/v", true);
    expect(whole).toMatchObject({ Type: "volume", Source: "v", ReadOnly: true });
    expect(whole.VolumeOptions).toMatchObject({ NoCopy: true });
    expect(whole.VolumeOptions).not.toHaveProperty("Subpath");
  });
});
