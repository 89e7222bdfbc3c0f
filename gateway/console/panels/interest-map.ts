import { svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import { capitalised, type ShopItem } from '../shop/shop-item.js';
import type { Stockroom } from '../shop/stockroom.js';

const ITEMS_MAX = 12;
const CATEGORIES_MAX = 6;
/** What a click counts against the next one. */
const DECAY = 0.86;
const SIZE = { width: 320, height: 208 };
const CENTRE = { x: SIZE.width / 2, y: SIZE.height / 2 };

interface Node {
  readonly item: ShopItem;
  /** 0..1: 1 is the strongest interest. */
  readonly strength: number;
  readonly x: number;
  readonly y: number;
}

/**
 * The shopper's interests as a small graph: items around their categories, larger the more the present list leans on them,
 * joined in the order of the clicks. Places depend on the order of first clicks alone, so that nothing wanders.
 */
export class InterestMap {
  readonly #root: HTMLElement;
  readonly #stockroom: Stockroom;
  #clicks: string[] = [];
  #attention = new Map<string, number>();

  constructor(root: HTMLElement, stockroom: Stockroom) {
    this.#root = root;
    this.#stockroom = stockroom;
    this.#draw();
  }

  clicked(id: string): void {
    this.#clicks = [...this.#clicks, id].slice(-3 * ITEMS_MAX);
    this.#draw();
  }

  /** @param attention by item, how much of the present list is there because of it */
  leansOn(attention: ReadonlyMap<string, number>): void {
    this.#attention = new Map(attention);
    this.#draw();
  }

  #draw(): void {
    const drawn = svgElement('svg', {
      viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
      class: 'map',
      role: 'img',
      'aria-label': this.#label(),
    });
    const { nodes, hubs } = this.#layout();
    for (const node of nodes.values()) {
      const hub = hubs.get(categoryOf(node.item))!;
      drawn.append(svgElement('path', { d: `M${hub.x} ${hub.y}L${node.x} ${node.y}`, class: 'map-belongs' }));
    }
    drawn.append(...this.#trail(nodes));
    drawn.append(...[...nodes.values()].map(medallion));
    for (const [name, hub] of hubs) {
      drawn.append(
        svgElement('circle', { cx: hub.x, cy: hub.y, r: 4, class: 'map-hub' }),
        // Items stand outward of their category, so its name goes inward.
        svgElement(
          'text',
          { x: hub.x, y: hub.y + (hub.y < CENTRE.y ? 17 : -9), class: 'map-name' },
          capitalised(name),
        ),
      );
    }
    if (nodes.size === 0)
      drawn.append(
        svgElement('text', { x: CENTRE.x, y: CENTRE.y, class: 'map-empty' }, 'grows with your clicks'),
      );
    this.#root.replaceChildren(drawn);
  }

  /** Recency of clicks and the list's own reasons, each scaled to its largest. */
  #strengths(): Map<string, number> {
    const recency = new Map<string, number>();
    this.#clicks.forEach((id, i) => {
      recency.set(id, (recency.get(id) ?? 0) * DECAY + DECAY ** (this.#clicks.length - 1 - i));
    });
    const most = Math.max(...this.#attention.values(), 1e-9);
    const ids = new Set([...recency.keys(), ...this.#attention.keys()]);
    const strength = (id: string): number =>
      Math.min(1, 0.5 * (recency.get(id) ?? 0) + (0.6 * (this.#attention.get(id) ?? 0)) / most);
    const ranked = [...ids].sort((a, b) => strength(b) - strength(a));
    const strongest = new Set(ranked.slice(0, ITEMS_MAX));
    return new Map([...ids].filter((id) => strongest.has(id)).map((id) => [id, strength(id)]));
  }

  #layout(): { nodes: Map<string, Node>; hubs: Map<string, { x: number; y: number }> } {
    const strengths = this.#strengths();
    const items = [...strengths.keys()].map((id) => this.#stockroom.get(id));
    const names = [...new Set(items.map(categoryOf))];
    const hubs = new Map(names.map((name, i) => [name, hubPlace(i, Math.min(names.length, CATEGORIES_MAX))]));
    const around = new Map<string, number>();
    const nodes = new Map<string, Node>();
    for (const item of items) {
      const name = categoryOf(item);
      const place = around.get(name) ?? 0;
      around.set(name, place + 1);
      nodes.set(item.id, { item, strength: strengths.get(item.id)!, ...satellite(hubs.get(name)!, place) });
    }
    return { nodes, hubs };
  }

  #trail(nodes: ReadonlyMap<string, Node>): SVGElement[] {
    const trail: SVGElement[] = [];
    for (let i = 1; i < this.#clicks.length; i++) {
      const [from, to] = [nodes.get(this.#clicks[i - 1]), nodes.get(this.#clicks[i])];
      if (!from || !to || from === to) continue;
      const bend = `${(from.x + to.x) / 2 + (to.y - from.y) * 0.18} ${(from.y + to.y) / 2 - (to.x - from.x) * 0.18}`;
      const opacity = Math.max(0.12, DECAY ** (this.#clicks.length - 1 - i));
      trail.push(
        svgElement('path', {
          d: `M${from.x} ${from.y}Q${bend} ${to.x} ${to.y}`,
          class: 'map-trail',
          opacity,
        }),
      );
    }
    return trail;
  }

  #label(): string {
    const names = [...new Set(this.#clicks.map((id) => categoryOf(this.#stockroom.get(id))))];
    return names.length ? `Interests: ${names.join(', ')}` : 'No interests yet';
  }
}

function categoryOf(item: ShopItem): string {
  return item.category ?? 'gifts';
}

/** Categories stand on an oval, the first at the upper left. */
function hubPlace(place: number, count: number): { x: number; y: number } {
  if (count === 1) return CENTRE;
  const angle = (2 * Math.PI * (place % CATEGORIES_MAX)) / count - 2.4;
  const inward = place < CATEGORIES_MAX ? 1 : 0.35;
  return { x: CENTRE.x + 96 * inward * Math.cos(angle), y: CENTRE.y + 52 * inward * Math.sin(angle) };
}

/** Items stand around their category, pointing outward first, by the golden angle after that. */
function satellite(hub: { x: number; y: number }, place: number): { x: number; y: number } {
  const outward = Math.atan2(hub.y - CENTRE.y, hub.x - CENTRE.x || 0.01);
  const angle = outward + place * 2.4;
  const distance = 40 + 7 * Math.floor(place / 3);
  return {
    x: Math.round(hub.x + distance * Math.cos(angle)),
    y: Math.round(hub.y + distance * Math.sin(angle)),
  };
}

function medallion({ item, strength, x, y }: Node): SVGElement {
  const r = 11 + 13 * strength;
  const drawing = picture(item);
  for (const [name, value] of Object.entries({
    x: x - r * 0.8,
    y: y - r * 0.8,
    width: r * 1.6,
    height: r * 1.6,
  })) {
    drawing.setAttribute(name, String(value));
  }
  const disc = svgElement('circle', { cx: x, cy: y, r, fill: paperOf(item), class: 'map-item' });
  return svgElement('g', { opacity: 0.45 + 0.55 * strength }, disc, drawing);
}
