import { randomBytes } from "node:crypto";
import type { NodeId } from "../../core/tree/id.ts";
import type { DockerSettings } from "../docker-settings.ts";

export type Phase = "setup" | "agent" | "build" | "verify" | "benchmark" | "helper";
export type ImageKind = "base" | "snapshot" | "built";

export const LABEL = {
  project: "loopty.project",
  run: "loopty.run",
  node: "loopty.node",
  phase: "loopty.phase",
  owner: "loopty.owner",
  /** Repeats the container's own name. A commit copies labels into the image, and a user's container of it is not ours. */
  container: "loopty.container",
  kind: "loopty.kind",
  key: "loopty.key",
} as const;

/**
 * A container's name and labels. Names of one phase have one length, because a name in the environment must not move
 * the stack.
 */
export function containerIdentity(
  settings: DockerSettings,
  phase: Phase,
  node: NodeId | null,
): { readonly name: string; readonly labels: Record<string, string> } {
  const name = `loopty-${phase}-${randomBytes(8).toString("hex")}`;
  return {
    name,
    labels: {
      [LABEL.project]: settings.projectId,
      [LABEL.run]: String(settings.run),
      [LABEL.node]: node ?? "",
      [LABEL.phase]: phase,
      [LABEL.owner]: settings.owner,
      [LABEL.container]: name,
    },
  };
}

export function volumeLabels(
  settings: DockerSettings,
  node: NodeId | null,
): Record<string, string> {
  return {
    [LABEL.project]: settings.projectId,
    [LABEL.run]: String(settings.run),
    [LABEL.node]: node ?? "",
    [LABEL.owner]: settings.owner,
  };
}

/** Labels of an image replace a container's. A container's owner and name mean nothing in an image. */
export function imageLabels(
  settings: DockerSettings,
  kind: ImageKind,
  node: NodeId | null,
  key: string,
): Record<string, string> {
  return {
    [LABEL.project]: settings.projectId,
    [LABEL.run]: String(settings.run),
    [LABEL.node]: node ?? "",
    [LABEL.kind]: kind,
    [LABEL.key]: key,
  };
}
