import type { Graph, Profile } from '../../client/index.js';
import { prefersStillness } from '../elements/flip.js';
import { element, svgElement } from '../elements/element.js';
import type { Stockroom } from '../shop/stockroom.js';
import { capitalised, titleOf } from '../shop/shop-item.js';
import { placeLabels } from './map-labels.js';
import { layOut, MAP_SIZE, type MapEdge, type MapLayout, type MapNode } from './map-layout.js';
import { EdgeMark, edgeName, type MapPlace, NodeMark } from './map-marks.js';

/** How long nodes take to their new places. */
const MOVE_MS = 450;

/**
 * The shopper's own interest graph, as the gateway keeps it: items, categories, brands and searches, larger the more they count; edges by
 * kind, colours by interest. Places follow forces (`map-layout.ts`), begun where nodes were. What is drawn stays from click to
 * click, so that a click makes what is new, and a frame moves what moves.
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
  readonly #nodeMarks = new Map<string, NodeMark>();
  readonly #edgeMarks = new Map<string, EdgeMark>();
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
    const places = new Map([...this.#nodeMarks].map(([id, { x, y }]) => [id, { x, y }]));
    const layout = layOut(withoutAttributes(graph), places);
    const living = interests.filter(({ share }) => share > 0);
    this.#count.textContent = `${layout.nodes.length} nodes, ${layout.edges.length} edges, ${living.length} ${living.length === 1 ? 'interest' : 'interests'}`;
    this.#map.setAttribute('aria-label', `Interests: ${living.map(({ name }) => name).join(', ')}`);
    this.#drawNodes(layout);
    this.#drawEdges(layout);
    this.#write(layout);
    this.#move(layout, places);
  }

  /** Points at some items, and at nothing else. */
  point(ids: readonly string[]): void {
    const wanted = new Set(ids);
    this.#map.classList.toggle(
      'is-pointing',
      ids.some((id) => this.#nodeMarks.has(id)),
    );
    for (const [id, mark] of this.#nodeMarks) mark.element.classList.toggle('is-meant', wanted.has(id));
  }

  #drawNodes({ nodes }: MapLayout): void {
    keepOnly(this.#nodeMarks, new Set(nodes.map(({ node }) => node.id)));
    for (const placed of nodes) this.#nodeMark(placed).show(placed, this.#nameOf(placed.node));
  }

  #nodeMark(placed: MapNode): NodeMark {
    const { id, kind } = placed.node;
    const known = this.#nodeMarks.get(id);
    if (known !== undefined) return known;
    const mark = new NodeMark(placed, kind === 'item' ? this.#stockroom.get(id) : undefined);
    this.#nodeMarks.set(id, mark);
    this.#nodes.append(mark.element);
    return mark;
  }

  #drawEdges({ edges }: MapLayout): void {
    keepOnly(this.#edgeMarks, new Set(edges.map(edgeName)));
    for (const edge of edges) this.#edgeMark(edge).show(edge);
  }

  #edgeMark(edge: MapEdge): EdgeMark {
    const name = edgeName(edge);
    const known = this.#edgeMarks.get(name);
    if (known !== undefined) return known;
    const mark = new EdgeMark();
    this.#edgeMarks.set(name, mark);
    this.#edges.append(mark.element);
    return mark;
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

  /** Moves nodes from where they were, and edges with them, one frame after the other; at once for who wants no motion. */
  #move({ nodes, edges }: MapLayout, before: ReadonlyMap<string, MapPlace>): void {
    cancelAnimationFrame(this.#frame);
    const markOf = ({ node }: MapNode): NodeMark => this.#nodeMarks.get(node.id)!;
    const ways = nodes.map((to) => ({ mark: markOf(to), from: before.get(to.node.id) ?? to, to }));
    const lines = edges.map((edge) => ({
      mark: this.#edgeMarks.get(edgeName(edge))!,
      from: markOf(edge.from),
      to: markOf(edge.to),
    }));
    const startMs = performance.now();
    const durationMs = prefersStillness() || before.size === 0 ? 0 : MOVE_MS;
    this.#labels.classList.toggle('is-moving', durationMs > 0);
    const step = (nowMs: number): void => {
      const t = durationMs === 0 ? 1 : Math.min(1, Math.max(0, (nowMs - startMs) / durationMs));
      for (const { mark, from, to } of ways) mark.move(from, to, 1 - (1 - t) ** 3);
      for (const { mark, from, to } of lines) mark.draw(from, to);
      if (t < 1) this.#frame = requestAnimationFrame(step);
      else this.#labels.classList.remove('is-moving');
    };
    step(startMs);
  }
}

/** Takes the marks away whose names are not among those that are left. */
function keepOnly(marks: Map<string, { readonly element: Element }>, left: ReadonlySet<string>): void {
  for (const [name, { element: drawn }] of marks) {
    if (left.has(name)) continue;
    drawn.remove();
    marks.delete(name);
  }
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
