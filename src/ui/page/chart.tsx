import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type LatencySample, type Way, keptMs } from '../page-data.ts';
import { durationOf } from './words.ts';

const height = 210;
const leastWindowSeconds = 120;

/** A point for each sample, over time and on a logarithmic scale. A table beside it says the same in figures. */
export function Chart({ samples, now }: { samples: readonly LatencySample[]; now: number }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const isDark = useDarkness();
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const made = new uPlot(optionsFor(element), dataOf(samples), element);
    chart.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      made.destroy();
    };
  }, [isDark]);
  useEffect(() => chart.current?.setData(dataOf(samples)), [samples, now]);
  const label = `Chart of ${samples.length} latencies over the last 15 minutes; the table below has the figures`;
  return (
    <div class="chart" role="img" aria-label={label} data-points={samples.length}>
      <div ref={place} />
      {samples.length === 0 && <p>Nothing was carried across yet since k3v ui was started.</p>}
    </div>
  );
}

/** Canvases take no colours from style sheets: the chart is made anew when they change. */
function useDarkness(): boolean {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'));
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return isDark;
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--chart-text'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('--chart-line'), width: 1 },
    ticks: { show: false },
  };
  const dots = (label: string, fill: string): uPlot.Series => ({
    label,
    stroke: fill,
    paths: () => null,
    points: { show: true, size: 7, width: 0, fill },
  });
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 11 } },
    scales: {
      x: { time: true, range: (_, first) => windowFrom(first) },
      y: { distr: 3, log: 10, range: (_, min, max) => decadesAround(min, max) },
    },
    axes: [
      { ...axis, size: 30, space: 70, incrs: [60, 120, 300], values: (_, splits) => splits.map(timeOf) },
      {
        ...axis,
        size: 58,
        splits: (_, __, low, high) => decadesFrom(low, high),
        values: (_, splits) => splits.map(durationOf),
      },
    ],
    series: [{}, dots('new pod to host', colour('--chart-host')), dots('status to virtual', colour('--chart-virtual'))],
  };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** From the first sample, for at least two minutes, till now; in seconds. */
function windowFrom(first: number | null): [number, number] {
  const now = Date.now() / 1_000;
  const from = Math.min(now - leastWindowSeconds, (first ?? now) - 5);
  return [Math.max(from, now - keptMs / 1_000), now];
}

function decadesFrom(low: number, high: number): number[] {
  const first = Math.round(Math.log10(low));
  return Array.from({ length: Math.round(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
}

function decadesAround(min: number | null, max: number | null): [number, number] {
  const low = 10 ** Math.floor(Math.log10(min || 1));
  const high = 10 ** Math.ceil(Math.log10(max || 1_000));
  return [low, Math.max(high, low * 100)];
}

function dataOf(samples: readonly LatencySample[]): uPlot.AlignedData {
  const sorted = samples.toSorted((a, b) => a.at - b.at);
  const of = (wanted: Way) => sorted.map(({ way, ms }) => (way === wanted ? Math.max(ms, 0.1) : null));
  return [sorted.map(({ at }) => at / 1_000), of('toHost'), of('toVirtual')];
}
