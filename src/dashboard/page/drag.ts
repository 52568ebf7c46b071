/** A shorter move is a click. */
const LEAST_MOVE = 4;

/** A mouse drags what scrolls; fingers can do it anyway. Returns how to stop. */
export function dragToScroll(element: HTMLElement): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let from: { x: number; y: number; left: number; top: number } | null = null;
  let isDragged = false;
  element.addEventListener(
    "pointerdown",
    ({ button, pointerType, clientX, clientY }) => {
      isDragged = false;
      if (button !== 0 || pointerType !== "mouse") return;
      from = { x: clientX, y: clientY, left: element.scrollLeft, top: element.scrollTop };
    },
    { signal },
  );
  window.addEventListener(
    "pointermove",
    ({ clientX, clientY }) => {
      if (from === null) return;
      const { x, y, left, top } = from;
      if (!isDragged && Math.hypot(clientX - x, clientY - y) < LEAST_MOVE) return;
      isDragged = true;
      element.classList.add("dragging");
      element.scrollTo(left + x - clientX, top + y - clientY);
    },
    { signal },
  );
  window.addEventListener(
    "pointerup",
    () => {
      from = null;
      element.classList.remove("dragging");
    },
    { signal },
  );
  // The click that ends a drag opens nothing.
  element.addEventListener(
    "click",
    (event) => {
      if (isDragged) event.stopImmediatePropagation();
    },
    { signal, capture: true },
  );
  return () => listening.abort();
}
