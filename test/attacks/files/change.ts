import type { WorkspaceFile } from "../../../src/core/file.ts";
import { readImage } from "../../docker/container.ts";
import type { Laboratory } from "../laboratory.ts";

/** What comes of an agent's shell commands, from its container to a node's image. */
export function changing(here: Laboratory) {
  /** How its work comes back; the commands may fail. */
  const leave = async (...commands: string[]) => (await here.lab.play(...commands)).back;
  return {
    leave,

    /** The files that come back. Throws when they are refused. */
    left: async (...commands: string[]): Promise<readonly WorkspaceFile[]> => {
      const back = await leave(...commands);
      if (back.kind !== "files") throw new Error(back.reason);
      return back.files;
    },

    /** The workspace in the image of a node with these files. */
    workspaceOf: async (id: string, texts: Readonly<Record<string, string>>) => {
      const { imageId } = await here.lab.snapshotOf(id, texts);
      return readImage(here.lab.settings.engine.docker, imageId, "/workspace");
    },
  };
}

export function refused(reason: string) {
  return { kind: "violation", reason };
}

export function textOf(files: readonly WorkspaceFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ path, content }) => [path, content.toString("utf8")]));
}
