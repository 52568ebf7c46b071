import type { Container, ContainerCreateOptions } from "dockerode";
import { isConflict, isNotFound } from "../engine/engine.ts";
import { engineFiles } from "./engine-files.ts";
import { type ContainerSpec, containerOptions } from "./hardening.ts";

/** A container that was made for one step. Disposing removes it with its anonymous volumes. */
export interface StepContainer extends AsyncDisposable {
  readonly container: Container;
}

/** Creates a container without starting it. `alter` makes it another than the usual one. */
export async function createContainer(
  spec: ContainerSpec,
  alter = (options: ContainerCreateOptions) => options,
): Promise<StepContainer> {
  const { settings, image } = spec;
  const options = containerOptions(spec, await engineFiles(settings, image));
  const container = await settings.engine.docker.createContainer(alter(options));
  return { container, [Symbol.asyncDispose]: () => removeContainer(container) };
}

/** Removes a container with its anonymous volumes. A container that is gone or going already is fine. */
export async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
