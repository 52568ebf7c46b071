import type { DockerSettings } from "../docker-settings.ts";
import type { Base } from "../sandbox.ts";
import type { MountPlan } from "./mount-plan.ts";
import { copyFromImage, createVolume, removeVolume, type SourceVolume } from "./volume.ts";

/** The volume with the protected files of a run, which all its agents' containers mount. Disposing removes it. */
export class ProtectedVolume implements AsyncDisposable {
  readonly #settings: DockerSettings;
  readonly #base: Base;
  #volume: Promise<SourceVolume> | null = null;

  constructor(settings: DockerSettings, base: Base) {
    this.#settings = settings;
    this.#base = base;
  }

  /** Filled once: what is protected depends on the base and the policy alone. */
  filled(plan: MountPlan): Promise<SourceVolume> {
    this.#volume ??= this.#fill(plan);
    return this.#volume;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const volume = await this.#volume?.catch(() => null);
    if (volume) await removeVolume(this.#settings, volume.name);
  }

  async #fill(plan: MountPlan): Promise<SourceVolume> {
    const name = `loopty-protected-${crypto.randomUUID().slice(0, 8)}`;
    const volume = await createVolume(this.#settings, name, null);
    const folders = plan.protected.filter(({ kind }) => kind === "folder");
    const files = new Map(plan.protected.map((mount) => [mount.path, mount.source]));
    await copyFromImage(this.#settings, volume, this.#base.imageId, (path) => {
      const exact = files.get(path);
      if (exact !== undefined) return exact;
      const folder = folders.find((mount) => path.startsWith(`${mount.path}/`));
      return folder === undefined ? null : `${folder.source}${path.slice(folder.path.length)}`;
    });
    return volume;
  }
}
