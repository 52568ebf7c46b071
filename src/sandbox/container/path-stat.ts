import { IncomingMessage } from "node:http";
import { z } from "zod";
import { EngineError, messageOf } from "../../core/error.ts";

const STAT_HEADER = "x-docker-container-path-stat";
const statSchema = z.object({ name: z.string(), mode: z.number() });
/** Of the modes that the engine's language has (https://pkg.go.dev/io/fs#FileMode). */
const GO_SYMLINK = 2 ** 27;

/** The name of what an archive was asked of where it is a symlink, by what the engine says beside it; `null` for all else. */
export function linkAskedFor(archive: NodeJS.ReadableStream): string | null {
  const stat = archive instanceof IncomingMessage ? archive.headers[STAT_HEADER] : undefined;
  if (typeof stat !== "string") return null;
  try {
    const { name, mode } = statSchema.parse(
      JSON.parse(Buffer.from(stat, "base64").toString("utf8")),
    );
    return Math.floor(mode / GO_SYMLINK) % 2 === 1 ? name : null;
  } catch (cause) {
    throw new EngineError(`the engine's word on a path cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
