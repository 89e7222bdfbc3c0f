import { svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import type { ShopItem } from '../shop/shop-item.js';
import type { MapEdge, MapNode } from './map-layout.js';

/** Colours of interests, by their ids; the style sheet has them. */
export const INTEREST_COLOURS = 8;

/** Class that gives an element the colour of an interest. */
export function interestClass(id: number | undefined): string {
  return id === undefined ? 'interest-none' : `interest-${id % INTEREST_COLOURS}`;
}

/** Where something stands in the map now, in its units. */
export interface MapPlace {
  x: number;
  y: number;
}

/** A node as it is drawn, from the click that brings it to the one that takes it away; its place is the map's to move. */
export class NodeMark implements MapPlace {
  readonly element: SVGGElement;
  x: number;
  y: number;
  readonly #title = svgElement('title');
  readonly #grow: (radius: number) => void;

  /** @param item what a node of the kind `item` shows */
  constructor({ node, x, y }: MapNode, item: ShopItem | undefined) {
    this.x = x;
    this.y = y;
    this.element = svgElement('g', { class: 'map-node is-born', 'data-node': node.id });
    this.element.append(this.#title);
    if (item !== undefined) this.#grow = this.#medallion(item);
    else this.#grow = node.kind === 'brand' ? this.#square() : this.#disc();
  }

  /** Shows what is known of the node now. */
  show({ node, radius }: MapNode, name: string): void {
    const marked = ['is-born', 'is-meant'].filter((name) => this.element.classList.contains(name));
    const classes = ['map-node', `is-${node.kind}`, interestClass(node.interest), ...marked];
    this.element.setAttribute('class', classes.join(' '));
    if (this.#title.textContent !== name) this.#title.textContent = name;
    this.element.style.opacity = node.weight > 0 ? '1' : '0.4';
    this.#grow(radius);
  }

  /** @param part of the way, 0 … 1 */
  move(from: MapPlace, to: MapPlace, part: number): void {
    this.x = from.x + (to.x - from.x) * part;
    this.y = from.y + (to.y - from.y) * part;
    this.element.setAttribute('transform', `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)})`);
  }

  #disc(): (radius: number) => void {
    const disc = svgElement('circle', { class: 'map-dot' });
    this.element.append(disc);
    return (radius) => disc.setAttribute('r', String(radius));
  }

  #square(): (radius: number) => void {
    const square = svgElement('rect', { class: 'map-dot' });
    this.element.append(square);
    return (radius) => setBox(square, radius);
  }

  #medallion(item: ShopItem): (radius: number) => void {
    const disc = svgElement('circle', { fill: paperOf(item), class: 'map-item' });
    const drawing = picture(item);
    this.element.append(disc, drawing);
    return (radius) => {
      disc.setAttribute('r', String(radius));
      setBox(drawing, radius * 0.75);
    };
  }
}

/** Pieces of a line that bends. */
const PIECES = 8;
const BEND = 0.15;

/**
 * A line between two nodes, from the click that brings it to the one that takes it away. It is a polyline: `points` is no property of
 * style, so that a line that moves costs a frame no look at the style sheet, as `d` of a path does.
 */
export class EdgeMark {
  readonly element = svgElement('polyline');
  #isSequence = false;

  show({ edge, from }: MapEdge): void {
    this.#isSequence = edge.kind === 'next';
    this.element.setAttribute('class', `map-edge is-${edge.kind} ${interestClass(from.node.interest)}`);
    this.element.setAttribute('stroke-width', (0.8 + Math.min(2.4, edge.weight * 0.6)).toFixed(1));
  }

  /** Sequences bend, so that one there and one back are told apart. */
  draw(from: MapPlace, to: MapPlace): void {
    const pieces = this.#isSequence ? PIECES : 1;
    let points = '';
    for (let piece = 0; piece <= pieces; piece++) points += pointOf(from, to, piece / pieces, pieces > 1);
    this.element.setAttribute('points', points);
  }
}

/** A point of the way from one place to another, straight or along a parabola beside it. */
function pointOf(from: MapPlace, to: MapPlace, part: number, bends: boolean): string {
  const aside = bends ? 2 * BEND * part * (1 - part) : 0;
  const x = from.x + (to.x - from.x) * part + (to.y - from.y) * aside;
  const y = from.y + (to.y - from.y) * part - (to.x - from.x) * aside;
  return `${x.toFixed(1)},${y.toFixed(1)} `;
}

/** Name of an edge among those of a map. */
export function edgeName({ edge: { from, to, kind } }: MapEdge): string {
  return JSON.stringify([from, to, kind]);
}

/** A square around the middle. */
function setBox(square: SVGElement, half: number): void {
  for (const name of ['x', 'y']) square.setAttribute(name, String(-half));
  for (const name of ['width', 'height']) square.setAttribute(name, String(2 * half));
}
