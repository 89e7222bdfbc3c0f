import { svgElement } from '../elements/element.js';
import { hashText } from './hash.js';
import type { Part } from './motif.js';
import { motifOf } from './motifs.js';
import { type Palette, paletteOf } from './palette.js';
import { patternElement, repeatOf } from './patterns.js';
import { box, disc } from './paths.js';

/** What a picture is drawn from. */
export interface Depicted {
  readonly id: string;
  readonly title?: string;
  readonly category?: string;
}

/** How far the colour lies beside its outline, as in a cheap two-colour print. */
const MISPRINT = 1.6;
let patterns = 0;

/** The paper a picture is printed on: the background of whatever holds it. */
export function paperOf(item: Depicted): string {
  return paletteOf(item.id, item.title ?? '').paper;
}

/** The generated picture of an item: the same for the same id, title and category. Decorative: hidden from assistive technology. */
export function picture(item: Depicted): SVGSVGElement {
  const title = item.title ?? '';
  const palette = paletteOf(item.id, title);
  const motif = motifOf(title, item.category);
  const repeat = repeatOf(item.id, title);
  const domId = `print-${++patterns}`;
  const drawn = svgElement('svg', { viewBox: '0 0 100 100', 'aria-hidden': 'true', class: 'picture' });
  if (repeat) drawn.append(svgElement('defs', {}, patternElement(domId, repeat, palette.pattern)));
  drawn.append(backdrop(item.id));
  for (const part of motif) drawn.append(...shapes(part, palette, repeat ? domId : undefined));
  return drawn;
}

function shapes(part: Part, palette: Palette, patternId: string | undefined): SVGElement[] {
  const ink = palette.inks[part.ink];
  if (part.width) return [stroke(part.d, ink, part.width)];
  const layers: SVGElement[] = [svgElement('path', { d: part.d, fill: ink })];
  if (part.ink !== 'print') return layers;
  if (patternId) layers.push(svgElement('path', { d: part.d, fill: `url(#${patternId})`, opacity: 0.85 }));
  const outline = stroke(part.d, palette.inks.dark, 1.5);
  outline.setAttribute('transform', `translate(${-MISPRINT} ${-MISPRINT})`);
  return [...layers, outline];
}

function stroke(d: string, ink: string, width: number): SVGPathElement {
  return svgElement('path', {
    d,
    fill: 'none',
    stroke: ink,
    'stroke-width': width,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
}

/** One of a few quiet shapes behind the item, so that neighbours on the shelf differ. */
function backdrop(id: string): SVGPathElement {
  const forms = [disc(50, 52, 42), box([0, 70, 100, 22], 11), disc(68, 38, 26), box([22, 6, 56, 88], 28)];
  return svgElement('path', {
    d: forms[hashText(`back${id}`) % forms.length],
    fill: '#ffffff',
    opacity: 0.42,
  });
}
