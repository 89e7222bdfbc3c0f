/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartLabels {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 44;
const TICKS = 5;
const DOTS_MAX = 40;

/** Lines over two axes as SVG with a title for those who cannot see it; colours are the style sheet's `line-0`, `line-1`, …. */
export function lineChart(labels: ChartLabels, series: readonly Series[]): string {
  const points = series.flatMap((line) => line.points);
  if (points.length === 0) return `<p class="none">${escapeHtml(labels.title)}: nothing was recorded.</p>`;
  const x = axisOf(points.map((point) => point[0]));
  const y = axisOf(points.map((point) => point[1]));
  const toX = (value: number) => LEFT + ((value - x.from) / (x.to - x.from)) * (WIDTH - LEFT - RIGHT);
  const toY = (value: number) =>
    HEIGHT - BOTTOM - ((value - y.from) / (y.to - y.from)) * (HEIGHT - TOP - BOTTOM);
  const grid = y.ticks.map((tick) => {
    const at = toY(tick).toFixed(1);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/><text class="y" x="${LEFT - 8}" y="${at}">${numberText(tick)}</text>`;
  });
  const below = x.ticks.map(
    (tick) =>
      `<text class="x" x="${toX(tick).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}">${numberText(tick)}</text>`,
  );
  const lines = series.map(({ points: own }, i) => {
    const at = own.map(([px, py]) => `${toX(px).toFixed(1)},${toY(py).toFixed(1)}`);
    const dots =
      own.length > DOTS_MAX
        ? ''
        : own
            .map(
              ([px, py]) =>
                `<circle class="dot-${i}" cx="${toX(px).toFixed(1)}" cy="${toY(py).toFixed(1)}" r="3.5"/>`,
            )
            .join('');
    return `<polyline class="line line-${i}" points="${at.join(' ')}"/>${dots}`;
  });
  const legend = series.map(
    ({ name }, i) => `<span class="key"><i class="key-${i}"></i>${escapeHtml(name)}</span>`,
  );
  return `<figure><figcaption>${escapeHtml(labels.title)}<span class="legend">${legend.join('')}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(labels.title)}">${grid.join('')}${below.join('')}
<text class="x" x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 8}">${escapeHtml(labels.x)}</text>
<text class="axis" transform="translate(14 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)">${escapeHtml(labels.y)}</text>
${lines.join('\n')}</svg></figure>`;
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/** Round numbers that hold all values. */
function axisOf(values: readonly number[]): Axis {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / TICKS));
  const least = values.every((value) => Number.isInteger(value)) ? 1 : 0;
  const steps = [1, 2, 5, 10].map((m) => m * power);
  const step = steps.find((size) => size >= least && span / size <= TICKS) ?? span;
  const from = Math.floor(low / step);
  const to = Math.max(from + 1, Math.ceil(high / step));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
  return { from: from * step, to: to * step, ticks };
}

function numberText(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
