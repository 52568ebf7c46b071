import { z } from "zod";
import type { Engine } from "./engine.ts";

/** An event of a container, as the engine reports it. */
export interface ContainerEvent {
  /** An action such as `start` or `unpause`. */
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
 * Streams events of containers from when this resolves until it is disposed. A stream that breaks ends quietly, and
 * calls `onEnd`: the engine's other answers then show what is wrong. `filters` are the API's (`/events`, API 1.41).
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

/** Returns `null` for what is no event of a container. */
function readEvent(line: string): ContainerEvent | null {
  try {
    const { Action: action, Actor: actor } = eventSchema.parse(JSON.parse(line));
    return { action, id: actor.ID, attributes: actor.Attributes };
  } catch {
    return null;
  }
}
