import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { formatValue } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { useSize } from "./size.ts";

export interface PlotProps {
  readonly title: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const HEIGHT = 150;
/** Up to this many values are shown as points too. */
const DOTS_UP_TO = 200;

/** One metric over the iterations of one run. */
export function Plot({ title, x, y }: PlotProps) {
  const [box, { width }] = useSize<HTMLDivElement>();
  const plot = useRef<uPlot | null>(null);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  useEffect(() => {
    const element = box.current;
    if (element === null || width === 0) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(width, element, x.length), [[...x], [...y]], element);
    };
    draw();
    scheme.addEventListener("change", draw);
    return () => {
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [width]);
  useEffect(() => {
    plot.current?.setData([[...x], [...y]]);
  }, [x, y]);
  const low = y.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = y.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const range = y.length === 0 ? "no rows" : `${formatValue(low)} to ${formatValue(high)}`;
  return (
    <figure class="plot" data-points={x.length}>
      <figcaption>
        {printable(title)} <span class="note">{range}</span>
      </figcaption>
      <div ref={box} role="img" aria-label={`${printable(title)}, ${x.length} rows, ${range}`} />
    </figure>
  );
}

function optionsFor(width: number, element: HTMLElement, count: number): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = "11px system-ui, sans-serif";
  const axis: uPlot.Axis = {
    stroke: colour("--dim"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font,
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 24 },
      { ...axis, size: 58, values: (_, splits) => splits.map(formatValue) },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        width: 1.5,
        points: { show: count <= DOTS_UP_TO, size: 5, fill: colour("--accent") },
      },
    ],
  };
}
