import type { Container } from "dockerode";
import { isConflict, isNotFound } from "../engine/engine.ts";
import { type ContainerSpec, containerOptions } from "./hardening.ts";

/** A container that was made for one step. Disposing removes it with its anonymous volumes. */
export interface StepContainer extends AsyncDisposable {
  readonly container: Container;
}

/** Creates a container without starting it. */
export async function createContainer(spec: ContainerSpec): Promise<StepContainer> {
  return disposable(await spec.settings.engine.docker.createContainer(containerOptions(spec)));
}

export function disposable(container: Container): StepContainer {
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
