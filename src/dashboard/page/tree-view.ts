import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { NodeId } from "../../core/tree/id.ts";
import type { TreeLayout } from "../picture/placed.ts";

export interface TreeView {
  readonly zoom: number;
  readonly zoomTo: (zoom: number) => void;
  /** Shows all of the tree in the pane. */
  readonly fit: () => void;
}

const LEAST_ZOOM = 0.05;
const MOST_ZOOM = 2;
/** A tree that would be smaller than this is not shown whole at first. */
const READABLE_ZOOM = 0.9;
const WHEEL_SPEED = 0.0022;

/** How large the tree is drawn and which part of it shows. It is kept still around `anchor` while the tree grows. */
export function useTreeView(
  pane: RefObject<HTMLElement | null>,
  layout: TreeLayout,
  anchor: NodeId | null,
): TreeView {
  const [zoom, setZoom] = useState(1);
  /** The point that keeps its place on screen when the zoom changes; the middle of the pane if there is none. */
  const still = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const drawn = useRef({ zoom: 1, layout });
  const isPlaced = useRef(false);

  const zoomTo = (wanted: number, around: { x: number; y: number } | null = null) => {
    still.current = around;
    setZoom(Math.min(Math.max(wanted, LEAST_ZOOM), MOST_ZOOM));
  };

  useLayoutEffect(() => {
    const element = pane.current;
    if (element === null || layout.nodes.length === 0) return;
    const before = drawn.current;
    drawn.current = { zoom, layout };
    if (!isPlaced.current) {
      isPlaced.current = true;
      const first = Math.min(1, Math.max(READABLE_ZOOM, fitZoom(element, layout)));
      if (first === zoom) center(element, layout, anchor, zoom);
      else {
        isPlaced.current = false;
        setZoom(first);
      }
      return;
    }
    if (before.zoom !== zoom) {
      const { x, y } = still.current ?? { x: element.clientWidth / 2, y: element.clientHeight / 2 };
      still.current = null;
      element.scrollLeft = ((element.scrollLeft + x) * zoom) / before.zoom - x;
      element.scrollTop = ((element.scrollTop + y) * zoom) / before.zoom - y;
    }
    const was = before.layout.nodes.find(({ node }) => node.id === anchor);
    const is = layout.nodes.find(({ node }) => node.id === anchor);
    if (was !== undefined && is !== undefined) element.scrollTop += (is.y - was.y) * zoom;
  }, [pane, layout, zoom, anchor]);

  useEffect(() => {
    const element = pane.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent) => {
      // Pinching a touchpad arrives as a wheel with Ctrl.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const around = { x: event.clientX - box.left, y: event.clientY - box.top };
      zoomTo(drawn.current.zoom * Math.exp(-event.deltaY * WHEEL_SPEED), around);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [pane]);

  const fit = () => {
    if (pane.current !== null) zoomTo(fitZoom(pane.current, layout));
  };
  return { zoom, zoomTo: (wanted) => zoomTo(wanted), fit };
}

function fitZoom(
  { clientWidth, clientHeight }: HTMLElement,
  { width, height }: TreeLayout,
): number {
  return Math.min(clientWidth / width, clientHeight / height, 1);
}

function center(element: HTMLElement, layout: TreeLayout, id: NodeId | null, zoom: number): void {
  const placed = layout.nodes.find(({ node }) => node.id === id);
  if (placed === undefined) return;
  element.scrollLeft = placed.x * zoom - element.clientWidth * 0.6;
  element.scrollTop = placed.y * zoom - element.clientHeight / 2;
}
