import { MAP_SIZE, type MapNode } from './map-layout.js';

/** Width of a letter, and height of a line, in the map's units: a little more than they take. */
const LETTER = 6.4;
const LINE = 13;
/** Labels of the map, at most, and letters of one. */
const LABELS_MAX = 12;
const LETTERS_MAX = 20;

/** A text at its place; `x` is its middle, `y` its baseline. */
export interface MapLabel {
  readonly of: MapNode;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Places the texts of nodes, the first ones first: below, above, right or left of its node, where no label stands, and no node if it
 * can be helped. One for which there is no place is left out: labels are never over each other.
 */
export function placeLabels(
  wanted: readonly { readonly of: MapNode; readonly text: string }[],
  nodes: readonly MapNode[],
): MapLabel[] {
  const taken: Box[] = [];
  const discs = nodes.map(({ x, y, radius }) => ({
    left: x - radius,
    top: y - radius,
    right: x + radius,
    bottom: y + radius,
  }));
  const labels: MapLabel[] = [];
  for (const { of, text } of wanted) {
    if (labels.length === LABELS_MAX) break;
    const short = text.length > LETTERS_MAX ? `${text.slice(0, LETTERS_MAX - 1).trimEnd()}…` : text;
    const places = placesOf(of, short).filter((place) => isFree(boxOf(place), taken));
    const label = places.find((place) => isFree(boxOf(place), discs)) ?? places[0];
    if (label === undefined) continue;
    taken.push(boxOf(label));
    labels.push(label);
  }
  return labels;
}

function placesOf(of: MapNode, text: string): MapLabel[] {
  const half = (text.length * LETTER) / 2;
  const away = of.radius + 4;
  return [
    { of, text, x: of.x, y: of.y + away + 9 },
    { of, text, x: of.x, y: of.y - away },
    { of, text, x: of.x + away + half, y: of.y + 4 },
    { of, text, x: of.x - away - half, y: of.y + 4 },
  ];
}

function boxOf({ text, x, y }: MapLabel): Box {
  const half = (text.length * LETTER) / 2;
  return { left: x - half, top: y - LINE + 2, right: x + half, bottom: y + 3 };
}

function isFree(box: Box, taken: readonly Box[]): boolean {
  if (box.left < 0 || box.top < 0 || box.right > MAP_SIZE.width || box.bottom > MAP_SIZE.height) return false;
  return taken.every(
    (other) =>
      box.right <= other.left ||
      box.left >= other.right ||
      box.bottom <= other.top ||
      box.top >= other.bottom,
  );
}
