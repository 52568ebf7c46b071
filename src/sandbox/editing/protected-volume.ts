import { ancestorsOf } from "../../core/access/path.ts";
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

  /** It is filled once, as what is protected depends on the base and the policy alone. */
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
    const sources = new Map(plan.protected.map((mount) => [mount.path, mount.source]));
    await copyFromImage(this.#settings, volume, this.#base.imageId, (path) => {
      for (const above of [path, ...ancestorsOf(path).reverse()]) {
        const source = sources.get(above);
        if (source !== undefined) return `${source}${path.slice(above.length)}`;
      }
      return null;
    });
    return volume;
  }
}
