import type { Graph, Profile } from '../../client/index.js';
import { prefersStillness } from '../elements/flip.js';
import { element, svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import type { Stockroom } from '../shop/stockroom.js';
import { capitalised, titleOf } from '../shop/shop-item.js';
import { placeLabels } from './map-labels.js';
import { layOut, MAP_SIZE, type MapEdge, type MapLayout, type MapNode } from './map-layout.js';

/** How long nodes take to their new places. */
const MOVE_MS = 450;
/** Colours of interests, by their ids; the style sheet has them. */
export const INTEREST_COLOURS = 8;

/** Class that gives an element the colour of an interest. */
export function interestClass(id: number | undefined): string {
  return id === undefined ? 'interest-none' : `interest-${id % INTEREST_COLOURS}`;
}

interface Drawn {
  readonly element: SVGGElement;
  x: number;
  y: number;
}

/**
 * The shopper's own interest graph, as the gateway keeps it: items, categories, brands and searches, larger the more they count; edges by
 * kind, colours by interest. Places follow forces (`map-layout.ts`), begun where nodes were. One frame moves a few dozen elements and
 * nothing else.
 */
export class InterestMap {
  readonly #root: HTMLElement;
  readonly #stockroom: Stockroom;
  readonly #count = element('p', { class: 'map-count' });
  readonly #edges = svgElement('g');
  readonly #nodes = svgElement('g');
  readonly #labels = svgElement('g', { class: 'map-labels' });
  readonly #map = svgElement('svg', {
    viewBox: `0 0 ${MAP_SIZE.width} ${MAP_SIZE.height}`,
    class: 'map',
    role: 'img',
    'aria-label': 'No interests yet',
  });
  #drawn = new Map<string, Drawn>();
  #frame = 0;

  constructor(root: HTMLElement, stockroom: Stockroom) {
    this.#root = root;
    this.#stockroom = stockroom;
    const empty = svgElement(
      'text',
      { x: MAP_SIZE.width / 2, y: MAP_SIZE.height / 2, class: 'map-empty' },
      'grows with your clicks',
    );
    this.#labels.append(empty);
    this.#map.append(this.#edges, this.#nodes, this.#labels);
    this.#root.replaceChildren(this.#map, this.#count);
  }

  /** Draws the graph; items have to be in the stockroom. */
  show(graph: Graph, { interests }: Pick<Profile, 'interests'>): void {
    if (graph.nodes.length === 0) return;
    const layout = layOut(withoutAttributes(graph), this.#drawn);
    const living = interests.filter(({ share }) => share > 0);
    this.#count.textContent = `${layout.nodes.length} nodes, ${layout.edges.length} edges, ${living.length} ${living.length === 1 ? 'interest' : 'interests'}`;
    this.#map.setAttribute('aria-label', `Interests: ${living.map(({ name }) => name).join(', ')}`);
    const places = new Map([...this.#drawn].map(([id, { x, y }]) => [id, { x, y }]));
    this.#drawn = new Map(
      layout.nodes.map((node) => [node.node.id, this.#node(node, places.get(node.node.id))]),
    );
    this.#nodes.replaceChildren(...[...this.#drawn.values()].map((drawn) => drawn.element));
    const edges = layout.edges.map((edge) => ({ edge, path: drawEdge(edge) }));
    this.#edges.replaceChildren(...edges.map(({ path }) => path));
    this.#write(layout);
    this.#move(layout, edges, places);
  }

  /** Points at some items, and at nothing else. */
  point(ids: readonly string[]): void {
    const wanted = new Set(ids);
    this.#map.classList.toggle(
      'is-pointing',
      ids.some((id) => this.#drawn.has(id)),
    );
    for (const [id, drawn] of this.#drawn) drawn.element.classList.toggle('is-meant', wanted.has(id));
  }

  #node({ node, radius, x, y }: MapNode, before: { x: number; y: number } | undefined): Drawn {
    const group = svgElement('g', {
      class: `map-node is-${node.kind} ${interestClass(node.interest)}`,
      'data-node': node.id,
    });
    group.append(svgElement('title', {}, this.#nameOf(node)));
    if (node.kind === 'item') group.append(...this.#medallion(node.id, radius));
    else if (node.kind === 'brand')
      group.append(
        svgElement('rect', {
          x: -radius,
          y: -radius,
          width: 2 * radius,
          height: 2 * radius,
          class: 'map-dot',
        }),
      );
    else group.append(svgElement('circle', { r: radius, class: 'map-dot' }));
    group.style.opacity = node.weight > 0 ? '1' : '0.4';
    if (before === undefined) group.classList.add('is-born');
    return { element: group, x, y };
  }

  #medallion(id: string, radius: number): SVGElement[] {
    const item = this.#stockroom.get(id);
    const drawing = picture(item);
    const size = radius * 1.5;
    for (const [name, value] of Object.entries({ x: -size / 2, y: -size / 2, width: size, height: size }))
      drawing.setAttribute(name, String(value));
    return [svgElement('circle', { r: radius, fill: paperOf(item), class: 'map-item' }), drawing];
  }

  #nameOf({ id, kind, name }: Graph['nodes'][number]): string {
    if (kind === 'item') return titleOf(this.#stockroom.get(id));
    if (kind === 'term') return `“${name ?? ''}”`;
    return capitalised(name ?? 'other things');
  }

  /** Names of categories and searches, the strongest first. */
  #write({ nodes }: MapLayout): void {
    const named = nodes
      .filter(({ node }) => (node.kind === 'category' || node.kind === 'term') && node.name !== undefined)
      .sort((a, b) => b.node.weight - a.node.weight)
      .map((of) => ({ of, text: this.#nameOf(of.node) }));
    this.#labels.replaceChildren(
      ...placeLabels(named, nodes).map(({ text, x, y }) =>
        svgElement('text', { x, y, class: 'map-name' }, text),
      ),
    );
  }

  #move(
    { nodes }: MapLayout,
    edges: readonly { readonly edge: MapEdge; readonly path: SVGElement }[],
    before: ReadonlyMap<string, { x: number; y: number }>,
  ): void {
    cancelAnimationFrame(this.#frame);
    const startMs = performance.now();
    const durationMs = prefersStillness() || before.size === 0 ? 0 : MOVE_MS;
    this.#labels.classList.toggle('is-moving', durationMs > 0);
    const step = (nowMs: number): void => {
      const t = durationMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - startMs) / durationMs));
      const eased = 1 - (1 - t) ** 3;
      for (const { node, x, y } of nodes) {
        const drawn = this.#drawn.get(node.id)!;
        const from = before.get(node.id) ?? { x, y };
        drawn.x = from.x + (x - from.x) * eased;
        drawn.y = from.y + (y - from.y) * eased;
        drawn.element.setAttribute('transform', `translate(${drawn.x.toFixed(1)} ${drawn.y.toFixed(1)})`);
      }
      for (const { edge, path } of edges)
        path.setAttribute(
          'd',
          lineOf(this.#drawn.get(edge.from.node.id)!, this.#drawn.get(edge.to.node.id)!, edge.edge.kind),
        );
      if (t < 1) this.#frame = requestAnimationFrame(step);
      else this.#labels.classList.remove('is-moving');
    };
    step(startMs);
  }
}

function drawEdge({ edge, from }: MapEdge): SVGElement {
  return svgElement('path', {
    class: `map-edge is-${edge.kind} ${interestClass(from.node.interest)}`,
    'stroke-width': (0.8 + Math.min(2.4, edge.weight * 0.6)).toFixed(1),
  });
}

/** Sequences bend, so that one there and one back are told apart. */
function lineOf(from: Drawn, to: Drawn, kind: string): string {
  const begin = `M${from.x.toFixed(1)} ${from.y.toFixed(1)}`;
  if (kind !== 'next') return `${begin}L${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
  const x = (from.x + to.x) / 2 + (to.y - from.y) * 0.15;
  const y = (from.y + to.y) / 2 - (to.x - from.x) * 0.15;
  return `${begin}Q${x.toFixed(1)} ${y.toFixed(1)} ${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
}

/** What items have in common stands in the list of interests; on the map it would tie everything to everything. */
function withoutAttributes({ nodes, edges, ...rest }: Graph): Graph {
  const isKept = (id: string): boolean => !id.startsWith('attribute:');
  return {
    ...rest,
    nodes: nodes.filter(({ id }) => isKept(id)),
    edges: edges.filter(({ to }) => isKept(to)),
  };
}
