import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { z } from "zod";
import type { Engine } from "../engine/engine.ts";

const POLL_MS = 20;
const POLLS = 500;

const stateSchema = z.object({ State: z.object({ Status: z.string() }) });

/**
 * Waits until a container's own process has ended, and the container can be read. Podman tells the end before it has
 * unmounted the files, and an archive read meanwhile is empty, with status 200. Only its own API tells the two states apart.
 */
export async function waitForEnd({ docker, kind }: Engine, container: Container): Promise<void> {
  await container.wait();
  if (kind !== "podman") return;
  for (let polls = 0; polls < POLLS && (await isUnsettled(docker, container.id)); polls++) {
    await sleep(POLL_MS);
  }
}

async function isUnsettled(docker: Docker, id: string): Promise<boolean> {
  const request = {
    path: `/v4.0.0/libpod/containers/${id}/json`,
    method: "GET",
    statusCodes: { 200: true, 404: "no such container", 500: "server error" },
  };
  const answer = await new Promise<unknown>((resolve) => {
    docker.modem.dial(request, (_error: unknown, inspected: unknown) => resolve(inspected));
  });
  const state = stateSchema.safeParse(answer);
  // `stopped` becomes `exited` once all is cleaned up.
  return state.success && ["stopped", "stopping", "running"].includes(state.data.State.Status);
}
