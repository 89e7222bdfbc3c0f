/** One line of a chart. Points in order of x; a y that is no number leaves a gap. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** True: a thin broken line, for what the others are compared with. */
  readonly isFaint?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xUnit: string;
  readonly yUnit: string;
  readonly series: readonly Series[];
  /** `nines`: x is a percentile, and 90, 99, 99.9 … are equally far apart. */
  readonly xScale?: 'even' | 'nines';
  /** Both ends of the x axis; those of the points when absent. No point may be outside. */
  readonly xRange?: readonly [from: number, to: number];
  /** Stretches of the x axis with a name, every second one shaded. */
  readonly bands?: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

const WIDTH = 600;
const HEIGHT = 250;
const EDGE = { left: 58, right: 14, top: 22, bottom: 36 };
const COLOURS = ['#1f6feb', '#d9480f', '#2b8a3e', '#9c36b5', '#0b7285', '#e67700'];
/** Width of a letter of a band's name, about. */
const BAND_LETTER = 6;
/** So many times between a chart's values ask for a logarithmic axis. */
const LOG_FROM = 40;
/** Points that can be pointed at; more would make a heavy page. */
const HINTS_MAX = 240;
const Y_TICKS = 5;
const NINES = [0, 50, 90, 99, 99.9, 99.99, 99.999];

/** Markup that is not taken for some. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A number as it stands at an axis. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1_000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

/** A chart of lines as a `<figure>` with an SVG; empty when there is nothing to draw. */
export function lineChart(chart: Chart): string {
  const values = chart.series.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  if (values.length === 0) return '';
  const x = xAxis(chart);
  const y = yAxis(values);
  const lines = chart.series.map((series, i) =>
    drawSeries(series, COLOURS[i % COLOURS.length], { x, y, chart }),
  );
  const legend = chart.series.map(
    ({ name, isFaint }, i) =>
      `<span><i${isFaint === true ? ' class="broken"' : ''} style="color:${COLOURS[i % COLOURS.length]}"></i>${escapeHtml(name)}</span>`,
  );
  return (
    `<figure><figcaption>${escapeHtml(chart.title)}<span class="legend">${legend.join('')}</span></figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">` +
    drawBands(chart, x) +
    drawAxes(chart, x, y) +
    lines.join('') +
    '</svg></figure>'
  );
}

/** From a value to a place, and the values that are written beside it. */
interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function xAxis({ series, xScale, xRange }: Chart): Axis {
  const all = xRange ?? series.flatMap(({ points }) => points.map(([x]) => x));
  const isNines = xScale === 'nines';
  const of = (x: number): number => (isNines ? -Math.log10(1 - Math.min(x, 99.9999) / 100) : x);
  const [low, high] = [Math.min(...all), Math.max(...all)].map(of);
  // One place alone stands in the middle.
  const [from, span] = low === high ? [low - 0.5, 1] : [low, high - low];
  const at = (x: number): number => EDGE.left + ((of(x) - from) / span) * (WIDTH - EDGE.left - EDGE.right);
  const ticks = isNines ? NINES.filter((x) => of(x) <= high) : evenTicks(low, high, 8);
  return { at, ticks };
}

function yAxis(values: readonly number[]): Axis {
  const high = Math.max(...values);
  const above = values.filter((value) => value > 0).sort((a, b) => a - b);
  const middle = above[Math.floor(above.length / 2)] ?? 1;
  const height = HEIGHT - EDGE.top - EDGE.bottom;
  if (high / middle < LOG_FROM) {
    const top = roundUp(high);
    return { at: (y) => EDGE.top + height * (1 - y / top), ticks: evenTicks(0, top, Y_TICKS) };
  }
  const floor = 10 ** Math.floor(Math.log10(above[Math.floor(above.length / 50)] ?? 1));
  const decades = Math.log10(high / floor) * 1.03;
  const at = (y: number): number =>
    EDGE.top + height * (1 - Math.log10(Math.max(y, floor) / floor) / decades);
  const ticks: number[] = [];
  for (let tick = floor; tick <= high * 1.1; tick *= 10) ticks.push(tick);
  return { at, ticks };
}

/** The first tick of an axis from 0 that is not below `high`; 1 for 0. */
function roundUp(high: number): number {
  const step = evenTicks(0, high || 1, Y_TICKS)[1];
  return Math.ceil((high || 1) / step - 1e-9) * step;
}

/** Round values from `low` to `high`, `count` at most or one more. */
export function evenTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function drawBands({ bands = [] }: Chart, x: Axis): string {
  return bands
    .map(({ name, from, to }, i) => {
      const [left, right] = [x.at(from), Math.min(x.at(to), WIDTH - EDGE.right)];
      const shade =
        i % 2 === 0
          ? ''
          : `<rect class="band" x="${n(left)}" y="${EDGE.top}" width="${n(Math.max(0, right - left))}" height="${HEIGHT - EDGE.top - EDGE.bottom}"/>`;
      // A name that would be cut off at the right ends there.
      const isAtEnd = left + 4 + name.length * BAND_LETTER > WIDTH;
      const place = isAtEnd ? `x="${WIDTH}" text-anchor="end"` : `x="${n(left + 4)}"`;
      return `${shade}<text class="bandname" ${place} y="${EDGE.top - 6}">${escapeHtml(name)}</text>`;
    })
    .join('');
}

function drawAxes({ xUnit, yUnit, xScale }: Chart, x: Axis, y: Axis): string {
  const bottom = HEIGHT - EDGE.bottom;
  const xs = x.ticks.map((tick) => {
    const words = xScale === 'nines' ? String(tick) : shortNumber(tick);
    return `<text class="x" x="${n(x.at(tick))}" y="${bottom + 15}">${words}</text>`;
  });
  const ys = y.ticks.map((tick) => {
    const at = n(y.at(tick));
    return `<line x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at}" y2="${at}"/><text class="y" x="${EDGE.left - 6}" y="${at}" dy="4">${shortNumber(tick)}</text>`;
  });
  return (
    `<g class="axes">${ys.join('')}${xs.join('')}<text class="x" x="${n((WIDTH + EDGE.left) / 2)}" y="${HEIGHT - 4}">${escapeHtml(xUnit)}</text>` +
    `<text class="unit" transform="translate(13 ${n((bottom + EDGE.top) / 2)}) rotate(-90)">${escapeHtml(yUnit)}</text></g>`
  );
}

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
  readonly chart: Chart;
}

function drawSeries({ name, points, isFaint }: Series, colour: string, { x, y, chart }: Axes): string {
  const parts: string[] = [];
  let pen = 'M';
  for (const [px, py] of points) {
    if (!Number.isFinite(py)) pen = 'M';
    else {
      parts.push(`${pen}${n(x.at(px))} ${n(y.at(py))}`);
      pen = 'L';
    }
  }
  const hinted = points.length > HINTS_MAX ? [] : points.filter(([, py]) => Number.isFinite(py));
  const radius = points.length < 30 ? 2.5 : 1.2;
  const hints = hinted.map(([px, py]) => {
    const words = `${name}: ${shortNumber(py)} ${chart.yUnit} at ${shortNumber(px)} ${chart.xUnit}`;
    return `<circle cx="${n(x.at(px))}" cy="${n(y.at(py))}" r="${radius}"><title>${escapeHtml(words)}</title></circle>`;
  });
  const style = isFaint === true ? ' class="faint"' : '';
  return `<g${style} stroke="${colour}" fill="${colour}"><path d="${parts.join('')}"/>${hints.join('')}</g>`;
}

/** A bar of a bar chart: what it is, how long, and what stands behind it. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** A thin part behind the bar, such as up to the p99. */
  readonly to?: number;
  readonly words: string;
}

const BAR_HEIGHT = 22;
const NAME_WIDTH = 112;
const WORDS_WIDTH = 130;

/** Bars below one another; empty when there are none. */
export function barChart(title: string, bars: readonly Bar[]): string {
  if (bars.length === 0) return '';
  const most = Math.max(...bars.map(({ value, to = 0 }) => Math.max(value, to))) || 1;
  const scale = (value: number): number => (value / most) * (WIDTH - NAME_WIDTH - WORDS_WIDTH);
  const rows = bars.map(({ name, value, to = 0, words }, i) => {
    const top = i * BAR_HEIGHT + 4;
    const thin = `<rect class="thin" x="${NAME_WIDTH}" y="${top + 5}" width="${n(scale(to))}" height="4"/>`;
    const full = `<rect class="full" x="${NAME_WIDTH}" y="${top}" width="${n(Math.max(1, scale(value)))}" height="14"/>`;
    const end = NAME_WIDTH + scale(Math.max(value, to)) + 6;
    return `<text class="y" x="${NAME_WIDTH - 6}" y="${top + 11}">${escapeHtml(name)}</text>${thin}${full}<text x="${n(end)}" y="${top + 11}">${escapeHtml(words)}</text>`;
  });
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg class="bars" viewBox="0 0 ${WIDTH} ${bars.length * BAR_HEIGHT + 8}" role="img" aria-label="${escapeHtml(title)}">${rows.join('')}</svg></figure>`;
}

function n(value: number): string {
  return String(Number(value.toFixed(1)));
}
