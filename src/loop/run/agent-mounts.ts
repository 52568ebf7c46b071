import type { AccessPolicy } from "../../core/access/policy.ts";
import type { WorkspaceFile } from "../../core/file.ts";
import { type MountPlan, planMounts } from "../../sandbox/editing/mount-plan.ts";
import {
  copyFromImage,
  createVolume,
  removeVolume,
  type SourceVolume,
} from "../../sandbox/editing/volume.ts";
import type { Base } from "../../sandbox/image/base.ts";
import type { Scope } from "../../sandbox/scope.ts";

export interface AgentMountsRequest {
  readonly scope: Scope;
  readonly base: Base;
  readonly policy: AccessPolicy;
  readonly hiddenFiles: readonly string[];
  /** Asked for when the first agent starts: the baseline's build has been seen by then. */
  readonly buildOutputs: () => readonly string[];
}

/** The mounts of a run's agents: a plan for every node, and one volume with the protected files for all of them. */
export class AgentMounts implements AsyncDisposable {
  readonly #request: AgentMountsRequest;
  #volume: Promise<SourceVolume> | null = null;

  constructor(request: AgentMountsRequest) {
    this.#request = request;
  }

  plan(files: readonly WorkspaceFile[]): MountPlan {
    const { base, policy, hiddenFiles, buildOutputs } = this.#request;
    return planMounts({
      policy,
      protectedFiles: base.tree.filter(({ kind }) => kind === "file").map(({ path }) => path),
      hiddenFiles,
      buildOutputs: buildOutputs(),
      writableFiles: files.map(({ path }) => path),
    });
  }

  /** Filled once: what is protected depends on the base and the policy alone. */
  protectedVolume(plan: MountPlan): Promise<SourceVolume> {
    this.#volume ??= this.#fill(plan);
    return this.#volume;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const volume = await this.#volume?.catch(() => null);
    if (volume) await removeVolume(this.#request.scope, volume.name);
  }

  async #fill(plan: MountPlan): Promise<SourceVolume> {
    const { scope, base } = this.#request;
    const name = `loopty-protected-${crypto.randomUUID().slice(0, 8)}`;
    const volume = await createVolume(scope, name, null);
    const folders = plan.protected.filter(({ kind }) => kind === "folder");
    const files = new Map(plan.protected.map((mount) => [mount.path, mount.source]));
    await copyFromImage(scope, volume, base.imageId, (path) => {
      const exact = files.get(path);
      if (exact !== undefined) return exact;
      const folder = folders.find((mount) => path.startsWith(`${mount.path}/`));
      return folder === undefined ? null : `${folder.source}${path.slice(folder.path.length)}`;
    });
    return volume;
  }
}
