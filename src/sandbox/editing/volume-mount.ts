import type { MountSettings } from "dockerode";
import type { DockerSettings } from "../docker-settings.ts";

/** A named volume whose first level holds the flat sources `0`, `1`, … of mounts. */
export interface SourceVolume {
  readonly name: string;
  /** Path on the engine's host. It is needed below API 1.45, where a mount cannot name a folder of a volume. */
  readonly mountpoint: string;
}

/** A mount of one flat source. */
export function sourceMount(
  settings: DockerSettings,
  volume: SourceVolume,
  source: string,
  target: string,
  readOnly: boolean,
): MountSettings {
  if (settings.engine.mountsSubpaths) {
    const whole = wholeMount(volume, target, readOnly);
    return { ...whole, VolumeOptions: { ...VOLUME_OPTIONS, Subpath: source } };
  }
  // No propagation is named: below its own root the engine chooses and insists on rslave.
  return {
    Type: "bind",
    Source: `${volume.mountpoint}/${source}`,
    Target: target,
    ReadOnly: readOnly,
  };
}

/** The whole volume. Mounted read-only beside its sources, it cannot be removed while these are bound by path. */
export function wholeMount(volume: SourceVolume, target: string, readOnly: boolean): MountSettings {
  return {
    Type: "volume",
    Source: volume.name,
    Target: target,
    ReadOnly: readOnly,
    VolumeOptions: VOLUME_OPTIONS,
  };
}

/** The end of such a mount's root in the kernel's list, on whatever file system the engine keeps its volumes. */
export function mountRootEnd(volume: SourceVolume, source: string | null): string {
  const folder = volume.mountpoint.split("/").slice(-2).join("/");
  return source === null ? `/${folder}` : `/${folder}/${source}`;
}

const VOLUME_OPTIONS = {
  // Without it the engine would copy what the image holds at the target into an empty volume.
  NoCopy: true,
  Labels: {},
  DriverConfig: { Name: "local", Options: {} },
};
