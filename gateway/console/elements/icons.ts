import { svgElement } from './element.js';

const PATHS = {
  cart: 'M3 4h3l2 11h10l2-8H7M10 20h.01M17 20h.01',
  wish: 'M12 20C3 14 3 6 8 5c2 0 3 1 4 3 1-2 2-3 4-3 5 1 5 9-4 15Z',
  dismiss: 'M6 6l12 12M18 6 6 18',
} as const;

/** A line icon in the text's colour, 20 px square. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const path = svgElement('path', {
    d: PATHS[name],
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 2.2,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
  return svgElement('svg', { viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true' }, path);
}
