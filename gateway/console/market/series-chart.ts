import { element, svgElement } from '../elements/element.js';
import type { PeriodCounts } from './market-answer.js';
import { periodName, whole } from './numbers.js';

const WIDTH = 320;
const HEIGHT = 84;
const GAP = 2;

/** Shoppers of each period as columns, buyers as their lower part; the running period is paler. */
export function seriesChart(series: readonly PeriodCounts[], periodMs: number): HTMLElement {
  const most = Math.max(1, ...series.map(({ shoppers }) => shoppers));
  const width = WIDTH / Math.max(14, series.length);
  const last = series.at(-1);
  const chart = svgElement('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: 'series',
    role: 'img',
    'aria-label': `Shoppers by period, the latest ${last?.shoppers ?? 0}, at most ${most}`,
  });
  series.forEach((period, i) => {
    const left = WIDTH - (series.length - i) * width;
    chart.append(
      svgElement(
        'g',
        { class: period === last ? 'series-period is-running' : 'series-period' },
        svgElement(
          'title',
          {},
          `${periodName(period.fromMs, periodMs)}: ${whole(period.shoppers)} shoppers, ${whole(period.buyers)} buyers`,
        ),
        column(left, width, period.shoppers / most, 'series-shoppers'),
        column(left, width, period.buyers / most, 'series-buyers'),
      ),
    );
  });
  const first = series[0];
  return element(
    'figure',
    { class: 'series-figure' },
    element(
      'figcaption',
      {},
      element('span', { class: 'key is-shoppers' }, 'shoppers'),
      element('span', { class: 'key is-buyers' }, 'buyers'),
      first === undefined ? '' : `since ${periodName(first.fromMs, periodMs)}, at most ${whole(most)}`,
    ),
    chart,
  );
}

function column(left: number, width: number, share: number, kind: string): SVGElement {
  const height = share === 0 ? 0 : Math.max(1, share * HEIGHT);
  return svgElement('rect', {
    x: (left + GAP / 2).toFixed(1),
    y: (HEIGHT - height).toFixed(1),
    width: (width - GAP).toFixed(1),
    height: height.toFixed(1),
    class: kind,
  });
}
