import { listImages, removeImages } from "../../sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../sandbox/clean-up/leftover.ts";
import type { Run } from "./run.ts";
import type { RunRequest } from "./start.ts";

/**
 * Removes what no process needs any more: containers and volumes of those that were killed, and images whose tag went to a newer
 * one, as by a repair or a clean rebuild. Only for who holds the project's lock.
 */
export async function sweep({
  engine,
  project,
  isAlive,
}: Pick<RunRequest, "engine" | "project" | "isAlive">): Promise<void> {
  await removeLeftovers(engine, project.projectId, (owner) => !isAlive(owner));
  const images = await listImages(engine, project.projectId);
  await removeImages(
    engine,
    images.filter(({ tags }) => tags.length === 0),
  );
}

/** Removes images of nodes that have none by the index: a process was killed between making and recording them. */
export async function removeUnrecordedImages({
  scope,
  store,
}: Pick<Run, "scope" | "store">): Promise<void> {
  const without = new Set<string>(
    store.nodes.filter(({ snapshot }) => snapshot === null).map(({ id }) => id),
  );
  const images = await listImages(scope.engine, scope.projectId);
  await removeImages(
    scope.engine,
    images.filter(({ node }) => without.has(node)),
  );
}
