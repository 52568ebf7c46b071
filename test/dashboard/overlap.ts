import type { Page } from "playwright-core";

/** Pairs of elements that lie on each other by more than a pixel, by their texts; those that are not drawn are left out. */
export function overlapsIn(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((selector) => {
    const drawn = [...document.querySelectorAll(selector)]
      .map((element) => ({ text: element.textContent ?? "", box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && box.height > 0)
      .sort((a, b) => a.box.top - b.box.top);
    return drawn.flatMap((a, k) => {
      const found: string[] = [];
      for (const b of drawn.slice(k + 1)) {
        if (b.box.top > a.box.bottom - 1) break;
        const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const height = Math.min(a.box.bottom, b.box.bottom) - b.box.top;
        if (width > 1 && height > 1) found.push(`"${a.text}" on "${b.text}"`);
      }
      return found;
    });
  }, selector);
}

/** What reaches beyond the right edge of the screen or is cut off there, where nothing can be scrolled to it. */
export function beyondEdge(page: Page, selector: string): Promise<string[]> {
  return page.evaluate((selector) => {
    const edge = document.documentElement.clientWidth;
    return [...document.querySelectorAll(selector)]
      .filter((element) => element.getBoundingClientRect().right > edge + 0.5)
      .map((element) => element.textContent?.trim() ?? "");
  }, selector);
}
