import { z } from "zod";
import type { Engine } from "./engine.ts";

/** What the engine tells of a container, as it happens. */
export interface ContainerEvent {
  /** Such as `start` or `unpause`. */
  readonly action: string;
  readonly id: string;
  /** The container's name and labels. */
  readonly attributes: Readonly<Record<string, string>>;
}

const eventSchema = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
});

/**
 * Tells of containers from when this resolves until it is disposed. A stream that breaks ends quietly, as `onEnd` may tell: the
 * engine's other answers then say what is the matter. `filters` are the API's (`/events`, API 1.41).
 */
export async function followContainers(
  { docker }: Pick<Engine, "docker">,
  filters: Readonly<Record<string, readonly string[]>>,
  onEvent: (event: ContainerEvent) => void,
  onEnd: () => void = () => {},
): Promise<Disposable> {
  const stream = await docker.getEvents({
    filters: JSON.stringify({ ...filters, type: ["container"] }),
  });
  let line = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = `${line}${chunk}`.split("\n");
    line = lines.pop() ?? "";
    for (const text of lines.filter((each) => each.trim() !== "")) {
      const event = readEvent(text);
      if (event !== null) onEvent(event);
    }
  });
  for (const end of ["end", "close", "error"]) stream.on(end, onEnd);
  return {
    [Symbol.dispose]: () => {
      if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
    },
  };
}

/** `null` for what is no event of a container. */
function readEvent(line: string): ContainerEvent | null {
  try {
    const { Action: action, Actor: actor } = eventSchema.parse(JSON.parse(line));
    return { action, id: actor.ID, attributes: actor.Attributes };
  } catch {
    return null;
  }
}
