import UPlot from 'uplot';
import { inUnit } from './grafana-units.js';

/** A panel of lines, as uPlot takes it, which Grafana draws with, too. */
export interface Chart {
  readonly id: number;
  /** Times in s since 1970, then the values of each line; null where there is none. */
  readonly columns: readonly (readonly (number | null)[])[];
  readonly colors: readonly string[];
  readonly isStacked: boolean;
  readonly min: number | null;
  readonly max: number | null;
  /** Heights of dashed lines. */
  readonly limits: readonly number[];
  readonly unit: string;
}

export interface ChartWindow {
  /** Draws each chart into the element `chart-ID`. */
  drawCharts(charts: readonly Chart[]): void;
}

const GREY = '#8e8e9c';
const GRID = { stroke: '#2c2f36', width: 1 };

/** Each line upon those before it. */
function stacked([times, ...lines]: Chart['columns']): Chart['columns'] {
  const sums = times.map(() => 0);
  return [times, ...lines.map((line) => line.map((value, at) => (sums[at] += value ?? 0)))];
}

/** The heights of an axis: what is shown, with a little room above, unless the panel says. */
function rangeOf({ min, max }: Chart): (plot: UPlot, low: number, high: number) => [number, number] {
  return (_, low, high) => [min ?? low, max ?? (high > 0 ? high * 1.1 : 1)];
}

/** Steps between the words at an axis of bytes, so that they are round; uPlot's own for all else. */
const BYTE_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

function drawLimits(plot: UPlot, limits: Chart['limits']): void {
  const { ctx, bbox } = plot;
  ctx.strokeStyle = '#f2495c';
  for (const limit of limits) {
    const y = plot.valToPos(limit, 'y', true);
    if (y < bbox.top) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
}

function draw(chart: Chart): UPlot {
  const place = document.querySelector<HTMLElement>(`#chart-${chart.id}`)!;
  const words = (_: UPlot, values: number[]): string[] => values.map((value) => inUnit(chart.unit, value));
  const series = chart.colors.map((color) => ({
    stroke: color,
    fill: `${color}${chart.isStacked ? '33' : '0d'}`,
    width: 1.5,
    points: { show: false },
  }));
  const axis = { stroke: GREY, grid: GRID, ticks: GRID };
  const options: UPlot.Options = {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    scales: { y: { range: rangeOf(chart) } },
    axes: [axis, { ...axis, values: words, size: 84, ...(chart.unit === 'bytes' && { incrs: BYTE_STEPS }) }],
    series: [{}, ...series],
    hooks: { draw: [(plot) => drawLimits(plot, chart.limits)] },
  };
  const columns = chart.isStacked ? stacked(chart.columns) : chart.columns;
  return new UPlot(options, columns as UPlot.AlignedData, place);
}

(window as unknown as ChartWindow).drawCharts = (charts) => charts.forEach(draw);
