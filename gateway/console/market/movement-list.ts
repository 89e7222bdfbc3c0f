import { button, element, svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import type { Movement, Thing } from './market-answer.js';
import { nameOf } from './thing-name.js';
import { significance, times } from './numbers.js';

/** Entries that are shown. */
const SHOWN_MAX = 8;
/** Where the whiskers are drawn: ratios of 1/8 to 8, on a scale of their logarithms. */
const SCALE = 8;
const WIDTH = 120;
const HEIGHT = 18;

/** What rises or falls, each with its ratio and interval as a whisker around it; 1 is the line in the middle. */
export function movementList(
  movements: readonly Movement[],
  kind: 'rising' | 'falling',
  open: ((thing: Thing) => void) | undefined,
): HTMLElement {
  if (movements.length === 0)
    return element('p', { class: 'market-none' }, `Nothing is ${kind} beyond chance.`);
  return element(
    'ul',
    { class: `movements is-${kind}` },
    ...movements.slice(0, SHOWN_MAX).map((movement) => element('li', {}, row(movement, kind, open))),
  );
}

function row(
  movement: Movement,
  kind: 'rising' | 'falling',
  open: ((thing: Thing) => void) | undefined,
): HTMLElement {
  const { ratio, now, before, p } = movement;
  const parts = [
    ...thumbnail(movement),
    element(
      'span',
      { class: 'movement-what' },
      element('b', {}, nameOf(movement)),
      element('small', {}, `${before} → ${now} shoppers, ${significance(p)}`),
    ),
    whisker(movement),
    element('span', { class: 'movement-ratio' }, ratio === null ? 'new' : times(ratio)),
  ];
  if (open === undefined) return element('div', { class: 'movement' }, ...parts);
  return button(
    `${nameOf(movement)}, ${kind}: ${ratio === null ? 'new' : times(ratio)}`,
    { class: 'movement', 'data-key': `${kind}-${String(movement.id ?? movement.name)}` },
    () => open(movement),
    ...parts,
  );
}

function thumbnail({ id, title }: Movement): HTMLElement[] {
  if (typeof id !== 'string') return [];
  const depicted = { id, ...(title !== undefined && { title }) };
  const holder = element('span', { class: 'thumbnail', 'aria-hidden': 'true' }, picture(depicted));
  holder.style.background = paperOf(depicted);
  return [holder];
}

function whisker({ ratio, low, high }: Movement): SVGElement {
  const [from, to, at] = [place(low), place(high ?? Infinity), place(ratio ?? Infinity)];
  const middle = HEIGHT / 2;
  return svgElement(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'whisker', 'aria-hidden': 'true' },
    svgElement('path', { d: `M${WIDTH / 2} 0V${HEIGHT}`, class: 'whisker-one' }),
    svgElement('path', {
      d: `M${from} ${middle}H${to}M${from} ${middle - 4}v8M${to} ${middle - 4}v8`,
      class: 'whisker-line',
    }),
    svgElement('circle', { cx: at, cy: middle, r: 4.5, class: 'whisker-dot' }),
  );
}

function place(ratio: number): string {
  const log = Math.log(Math.min(SCALE, Math.max(1 / SCALE, ratio))) / Math.log(SCALE);
  return ((WIDTH / 2) * (1 + 0.94 * log)).toFixed(1);
}
