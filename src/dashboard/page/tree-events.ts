import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { NodeId } from "../../core/tree/id.ts";
import type { TreeLayout } from "../picture/placed.ts";
import { neighbour } from "./neighbour.ts";
import { isNodeId } from "./route.ts";

export interface TreeEvents {
  readonly layout: TreeLayout;
  readonly onOpen: (id: NodeId) => void;
  readonly onFocus: (id: NodeId | null) => void;
  readonly onHover: (id: NodeId | null) => void;
}

/** One listener for all nodes: arrows move, Enter opens, the pointer shows what a mark is. */
export function useTreeEvents(
  pane: RefObject<HTMLElement | null>,
  { layout, onOpen, onFocus, onHover }: TreeEvents,
): void {
  useEffect(() => {
    const element = pane.current;
    if (element === null) return;
    const listening = new AbortController();
    const on = <Type extends keyof HTMLElementEventMap>(
      type: Type,
      listener: (event: HTMLElementEventMap[Type]) => void,
    ) => element.addEventListener(type, listener, { signal: listening.signal });
    on("click", ({ target }) => {
      const id = idAt(target);
      if (id !== null) onOpen(id);
    });
    on("focusin", ({ target }) => onFocus(idAt(target)));
    on("pointerover", ({ target }) => onHover(idAt(target)));
    on("pointerleave", () => onHover(null));
    on("keydown", (event) => {
      const id = idAt(event.target);
      const placed = layout.nodes.find(({ node }) => node.id === id);
      if (placed === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") onOpen(placed.node.id);
      else {
        const next = neighbour(layout, placed, event.key);
        if (next === null) return;
        const mark = markOf(element, next.node.id);
        mark?.focus({ preventScroll: true });
        mark?.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      event.preventDefault();
    });
    return () => listening.abort();
  }, [pane, layout, onOpen, onFocus, onHover]);
}

/** The node whose mark an event hit. */
function idAt(target: EventTarget | null): NodeId | null {
  if (!(target instanceof Element)) return null;
  const id = target.closest("[data-id]")?.getAttribute("data-id") ?? null;
  return id !== null && isNodeId(id) ? id : null;
}

export function markOf(pane: Element | null, id: NodeId): SVGElement | null {
  return pane?.querySelector<SVGElement>(`[data-id="${id}"]`) ?? null;
}
