import { render } from "preact-render-to-string";
import { outcomeSentence } from "./outcome.ts";
import type { RunReport } from "./report.ts";
import { StaircaseMarks, staircaseTitle, TreeMarks, treeLayoutOf } from "./run-pictures.tsx";
import { textLines } from "./text-lines.ts";
import { reportTitle } from "./title.ts";

export type Theme = "light" | "dark";

const MARGIN = 20;
const LEAST_WIDTH = 720;
const HEADING = 34;
const LINE = 20;
/** Widths of a character in the widest fonts that pictures are read in: the title's, and that of smaller lines. */
const TITLE_CHARACTER = 9;
const CHARACTER = 7.6;
const STAIRCASE_HEIGHT = 200;
const OWN_STYLE = `
.back { fill: var(--back); stroke: var(--line); }
.heading { font: 600 14px var(--sans); fill: var(--ink); }
.heading.second { font-size: 13px; font-weight: 400; fill: var(--dim); }
`;

/**
 * Tree and staircase as an SVG file of its own, in one theme. A README shows it as an image, which sees nothing of the
 * page around it.
 */
export function reportSvg(report: RunReport, theme: Theme, pictureStyle: string): string {
  const layout = treeLayoutOf(report);
  const inner = Math.max(layout.width, LEAST_WIDTH);
  const width = Math.ceil(inner + 2 * MARGIN);
  const title = textLines(reportTitle(report), Math.floor(inner / TITLE_CHARACTER));
  const sentence = textLines(outcomeSentence(report.outcome), Math.floor(inner / CHARACTER));
  const treeTop = MARGIN + HEADING + LINE * (title.length + sentence.length - 1);
  const staircaseTop = treeTop + layout.height + HEADING;
  const height = staircaseTop + STAIRCASE_HEIGHT + MARGIN;
  const content = render(
    <>
      <title>{reportTitle(report)}</title>
      <rect class="back" x="0.5" y="0.5" width={width - 1} height={height - 1} rx="8" />
      {[...title, ...sentence].map((text, k) => (
        <text
          key={`${k} ${text}`}
          class={k < title.length ? "heading" : "heading second"}
          x={MARGIN}
          y={MARGIN + 14 + k * LINE}
        >
          {text}
        </text>
      ))}
      <g transform={`translate(${MARGIN} ${treeTop})`}>
        <TreeMarks report={report} layout={layout} />
      </g>
      <text class="heading second" x={MARGIN} y={staircaseTop - 12}>
        {staircaseTitle(report)}
      </text>
      <g transform={`translate(${MARGIN} ${staircaseTop})`}>
        <StaircaseMarks report={report} width={inner} height={STAIRCASE_HEIGHT} />
      </g>
    </>,
  );
  const style = `${styleOf(pictureStyle, theme)}${OWN_STYLE}`;
  // Style is no markup in XML either, as long as it has no & and no <.
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${content}
<style>${style.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</style>
</svg>
`;
}

const DARK = /@media \(prefers-color-scheme: dark\) \{((?:[^{}]|\{[^{}]*\})*)\}/g;

/** The style for a reader with that theme. */
function styleOf(pictureStyle: string, theme: Theme): string {
  return pictureStyle.replace(DARK, (_, dark: string) => (theme === "dark" ? dark : ""));
}

/** The markup for a README. */
export function pictureMarkup(light: string, dark: string, alt: string): string {
  return render(
    <picture>
      <source media="(prefers-color-scheme: dark)" srcset={dark} />
      <img src={light} alt={alt} />
    </picture>,
  );
}
