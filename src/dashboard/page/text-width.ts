import { estimatedWidth, type TextWidth, WORDS_PX } from "../picture/text-width.ts";

/** Measures in the font that the page has here: some are a sixth wider than others. */
export function measuredWidth(): TextWidth {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return estimatedWidth;
  const family = getComputedStyle(document.documentElement).getPropertyValue("--sans");
  context.font = `${WORDS_PX}px ${family}`;
  // As labels are drawn. Without it widths are rounded, a character at a time.
  context.textRendering = "geometricPrecision";
  return (text) => context.measureText(text).width;
}
