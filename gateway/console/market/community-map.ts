import { prefersStillness } from '../elements/flip.js';
import { svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import {
  layOutCommunities,
  NARROW,
  WIDE,
  type CommunityLayout,
  type MapCommunity,
  type MapFlow,
  type MapSize,
} from './community-layout.js';
import type { Counted, Family, Flow } from './market-answer.js';
import { nameOf } from './thing-name.js';

/** Below this width, px, the map is a high one. */
const NARROW_PX = 620;
const MOVE_MS = 500;
/** Letters of a name that fit into a circle, by its radius. */
const UNITS_A_LETTER = 6.6;

interface Drawn {
  readonly group: SVGGElement;
  x: number;
  y: number;
}

/**
 * The communities of the shop as circles, larger the more shoppers they have, ringed where they rise or fall, with the picture of what is
 * clicked most in them; arrows are where clicks go from one to another. A circle is a button.
 */
export class CommunityMap {
  readonly #choose: (community: Counted) => void;
  readonly #flows = svgElement('g');
  readonly #circles = svgElement('g');
  readonly #svg: SVGSVGElement;
  readonly #root: HTMLElement;
  #drawn = new Map<string, Drawn>();
  #size: MapSize = WIDE;
  #frame = 0;

  constructor(root: HTMLElement, choose: (community: Counted) => void) {
    this.#root = root;
    this.#choose = choose;
    this.#svg = svgElement('svg', {
      class: 'market-map',
      role: 'group',
      'aria-label': 'Communities of items, and flows of clicks between them',
    });
    this.#svg.append(arrowHead(), this.#flows, this.#circles);
    root.replaceChildren(this.#svg);
  }

  /** Draws the communities; `chosen` is the id of the one that is looked at. */
  show({ top, rising, falling }: Family, flows: readonly Flow[], chosen: string | undefined): void {
    const size = this.#root.clientWidth < NARROW_PX ? NARROW : WIDE;
    const before = size === this.#size ? this.#drawn : new Map<string, Drawn>();
    this.#size = size;
    this.#svg.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    const layout = layOutCommunities(top, flows, size, before);
    const moving = new Map<string, string>([
      ...rising.map(({ id }) => [String(id), 'is-rising'] as const),
      ...falling.map(({ id }) => [String(id), 'is-falling'] as const),
    ]);
    const places = new Map([...before].map(([id, { x, y }]) => [id, { x, y }]));
    this.#drawn = new Map(
      layout.communities.map((node) => {
        const id = String(node.community.id);
        const kinds = [moving.get(id), id === chosen ? 'is-chosen' : undefined];
        return [
          id,
          {
            group: this.#circle(
              node,
              kinds.filter((kind) => kind !== undefined),
            ),
            x: node.x,
            y: node.y,
          },
        ];
      }),
    );
    this.#circles.replaceChildren(...[...this.#drawn.values()].map(({ group }) => group));
    this.#move(layout, places);
  }

  #circle({ community, radius }: MapCommunity, kinds: readonly string[]): SVGGElement {
    const { shoppers, buyers, leading = [] } = community;
    const name = nameOf(community);
    const state = kinds.includes('is-rising') ? ', rising' : kinds.includes('is-falling') ? ', falling' : '';
    const group = svgElement(
      'g',
      {
        class: ['market-community', ...kinds].join(' '),
        'data-key': `community-${String(community.id)}`,
        role: 'button',
        tabindex: 0,
        'aria-pressed': kinds.includes('is-chosen') ? 'true' : 'false',
        'aria-label': `${name}: ${shoppers} shoppers, ${buyers} buyers${state}`,
      },
      svgElement('title', {}, `${name}: ${shoppers} shoppers, ${buyers} buyers${state}`),
      svgElement('circle', {
        r: radius,
        class: 'market-disc',
        ...(leading.length > 0 && { fill: paperOf(leading[0]) }),
      }),
      ...inside(name, radius, leading[0]),
    );
    group.addEventListener('click', () => this.#choose(community));
    group.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.#choose(community);
    });
    return group;
  }

  #move(
    { communities, flows }: CommunityLayout,
    before: ReadonlyMap<string, { x: number; y: number }>,
  ): void {
    cancelAnimationFrame(this.#frame);
    const paths = flows.map((flow) => ({ flow, path: flowPath(flow) }));
    this.#flows.replaceChildren(...paths.map(({ path }) => path));
    const startMs = performance.now();
    const durationMs = prefersStillness() || before.size === 0 ? 0 : MOVE_MS;
    const step = (nowMs: number): void => {
      const t = durationMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - startMs) / durationMs));
      const eased = 1 - (1 - t) ** 3;
      for (const { community, x, y } of communities) {
        const drawn = this.#drawn.get(String(community.id));
        if (drawn === undefined) continue;
        const from = before.get(String(community.id)) ?? { x, y };
        drawn.x = from.x + (x - from.x) * eased;
        drawn.y = from.y + (y - from.y) * eased;
        drawn.group.setAttribute('transform', `translate(${drawn.x.toFixed(1)} ${drawn.y.toFixed(1)})`);
      }
      for (const { flow, path } of paths) path.setAttribute('d', this.#lineOf(flow));
      if (t < 1) this.#frame = requestAnimationFrame(step);
    };
    step(startMs);
  }

  /** From rim to rim, bent, so that one there and one back are told apart. */
  #lineOf({ from, to }: MapFlow): string {
    const [a, b] = [from, to].map((node) => this.#drawn.get(String(node.community.id)) ?? node);
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = Math.max(1, Math.hypot(dx, dy));
    const [ux, uy] = [dx / length, dy / length];
    const [x1, y1] = [a.x + ux * from.radius, a.y + uy * from.radius];
    const [x2, y2] = [b.x - ux * (to.radius + 5), b.y - uy * (to.radius + 5)];
    const [cx, cy] = [(x1 + x2) / 2 - uy * length * 0.13, (y1 + y2) / 2 + ux * length * 0.13];
    return `M${x1.toFixed(1)} ${y1.toFixed(1)}Q${cx.toFixed(1)} ${cy.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
  }
}

function flowPath({ flow, share }: MapFlow): SVGPathElement {
  return svgElement(
    'path',
    { class: 'market-flow', 'stroke-width': (0.8 + 5 * share).toFixed(1), 'marker-end': 'url(#flow-head)' },
    svgElement(
      'title',
      {},
      `${nameOf(flow.from)} → ${nameOf(flow.to)}: ${Math.round(flow.clicks)} clicks, ${flow.lift.toFixed(1)} times what is due`,
    ),
  );
}

function arrowHead(): SVGElement {
  const marker = svgElement('marker', {
    id: 'flow-head',
    viewBox: '0 0 8 8',
    refX: 5,
    refY: 4,
    markerWidth: 8,
    markerHeight: 8,
    markerUnits: 'userSpaceOnUse',
    orient: 'auto',
  });
  marker.append(svgElement('path', { d: 'M0 0L8 4L0 8Z', class: 'market-flow-head' }));
  const defs = svgElement('defs');
  defs.append(marker);
  return defs;
}

/** The picture of the leading item, and the name where it fits. */
function inside(name: string, radius: number, leading: { readonly id: string } | undefined): SVGElement[] {
  const parts: SVGElement[] = [];
  const letters = Math.floor((2 * radius) / UNITS_A_LETTER);
  const hasName = letters >= 8;
  if (leading !== undefined) {
    const drawing = picture(leading);
    const side = radius * (hasName ? 0.95 : 1.3);
    const top = hasName ? -side * 0.78 : -side / 2;
    for (const [key, value] of Object.entries({ x: -side / 2, y: top, width: side, height: side }))
      drawing.setAttribute(key, String(value));
    parts.push(drawing);
  }
  if (!hasName) return parts;
  const text = name.length > letters ? `${name.slice(0, letters - 1).trimEnd()}…` : name;
  parts.push(svgElement('text', { class: 'market-name', y: (radius * 0.45).toFixed(1) }, text));
  return parts;
}
