import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { TUNE } from '../../interest-rows.js';
import { VISITS_MAX } from '../../user-facts.js';
import { NODE, type InterestSlabs } from '../interest-slabs.js';

const KIND_MAX = Math.max(...Object.values(EVENT_KIND));

/**
 * What is wrong with the graph in `row`, so that something later could throw, read out of range or make scores that are no
 * numbers; undefined when nothing is. `itemMax` is the number of items that there is room for.
 */
export function stateProblem(slabs: InterestSlabs, row: number, itemMax: number): string | undefined {
  return (
    nodeProblem(slabs, row, itemMax) ??
    edgeProblem(slabs, row) ??
    itemProblem(slabs, row, itemMax) ??
    tunedProblem(slabs, row, itemMax) ??
    numberProblem(slabs, row)
  );
}

function nodeProblem(slabs: InterestSlabs, row: number, itemMax: number): string | undefined {
  const start = slabs.nodeStart[row];
  for (let i = start; i < start + slabs.nodeCount[row]; i++) {
    const kind = slabs.nodeKind[i];
    const key = slabs.nodeKey[i];
    if (kind < NODE.item || kind > NODE.term) return `a node of kind ${kind}`;
    if (key < (kind === NODE.item ? 0 : -1) || (kind === NODE.item && key >= itemMax))
      return `a node with key ${key}`;
    if (slabs.nodeEvent[i] > KIND_MAX) return `an event of kind ${slabs.nodeEvent[i]}`;
  }
  return undefined;
}

function edgeProblem(slabs: InterestSlabs, row: number): string | undefined {
  const start = slabs.edgeStart[row];
  const nodes = slabs.nodeCount[row];
  for (let i = start; i < start + slabs.edgeCount[row]; i++)
    if (slabs.edgeFrom[i] >= nodes || slabs.edgeTo[i] >= nodes) return 'an edge to a node that is not there';
  return undefined;
}

function itemProblem(slabs: InterestSlabs, row: number, itemMax: number): string | undefined {
  const { clicks } = slabs.bounds;
  for (let i = row * clicks; i < row * clicks + slabs.clickCount[row]; i++) {
    if (!isItem(slabs.clickItem[i], itemMax)) return `a click on item ${slabs.clickItem[i]}`;
    if (slabs.clickKind[i] > KIND_MAX) return `a click of kind ${slabs.clickKind[i]}`;
  }
  const firstSeen = slabs.seenStart[row];
  for (let i = firstSeen; i < firstSeen + slabs.seenCount[row]; i++)
    if (!isItem(slabs.seenItem[i], itemMax)) return `seen item ${slabs.seenItem[i]}`;
  return undefined;
}

function tunedProblem({ rows }: InterestSlabs, row: number, itemMax: number): string | undefined {
  const start = rows.tunedStart[row];
  for (let i = start; i < start + rows.tunedCount[row]; i++) {
    const kind = rows.tunedKind[i];
    const value = rows.tunedValue[i];
    if (kind === NODE.item ? !isItem(rows.tunedKey[i], itemMax) : kind < NODE.item || kind > NODE.term)
      return `something said of a node of kind ${kind} and key ${rows.tunedKey[i]}`;
    if (value < TUNE.never || value > TUNE.more) return `${value} said of an interest`;
  }
  return undefined;
}

function isItem(item: number, itemMax: number): boolean {
  return item >= 0 && item < itemMax;
}

function numberProblem(slabs: InterestSlabs, row: number): string | undefined {
  const { width } = slabs.bounds;
  const node = slabs.nodeStart[row];
  const edge = slabs.edgeStart[row];
  const isFinite =
    areFinite(slabs.nodeWeight, node, slabs.nodeCount[row]) &&
    areFinite(slabs.nodeAt, node, slabs.nodeCount[row]) &&
    areFinite(slabs.nodeState.scales, node, slabs.nodeCount[row]) &&
    areFinite(slabs.edgeWeight, edge, slabs.edgeCount[row]) &&
    areFinite(slabs.edgeAt, edge, slabs.edgeCount[row]) &&
    areFinite(slabs.edgeTogether, edge, slabs.edgeCount[row]) &&
    areFinite(slabs.rows.interestShare, slabs.rows.interestStart[row], slabs.rows.interestCount[row]) &&
    areFinite(slabs.rows.interestAt, slabs.rows.interestStart[row], slabs.rows.interestCount[row]) &&
    areFinite(slabs.interest, row * width, width) &&
    areFinite(slabs.slow, slabs.slowStart[row] * width, width) &&
    areFinite(slabs.sessionSum, row * width, width) &&
    areFinite(slabs.lastMove, row * width, width) &&
    areFinite(slabs.lastClickMs, row, 1) &&
    areFinite(slabs.withheldMs, row, 1) &&
    areFinite(slabs.facts.spend, row, 1) &&
    areFinite(slabs.facts.firstMs, row, 1) &&
    areFinite(slabs.facts.visitSpend, row * VISITS_MAX, slabs.facts.visitCount[row]);
  if (!isFinite) return 'a number that is not finite';
  const position = slabs.position[row];
  return Number.isSafeInteger(position) && position >= 0 ? undefined : `journal position ${position}`;
}

/** A number less itself is 0 only when it is finite. */
function areFinite(values: Float32Array | Float64Array, start: number, count: number): boolean {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += values[i] - values[i];
  return sum === 0;
}
