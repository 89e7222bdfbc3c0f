import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE, type InterestSlabs } from '../graph/interest/interest-slabs.js';
import { VISITS_MAX, type UserFacts } from '../graph/user-facts.js';

/** How far numbers may be apart that come from the model or from item vectors: batches of other sizes round differently. */
const CLOSE = 1e-4;
/** The same of what comes from packed states, where such a difference may be a whole step between two bytes: a 127th of the largest number. */
const NEAR = 0.02;

type Numbers = ArrayLike<number>;
/** Where a row's numbers lie: so many for each row before it, or where its block begins, with so many numbers a place. */
type Place = number | { readonly start: Int32Array; readonly width?: number };

/**
 * In what the graphs of two rows differ, in words, one for each kind of thing; empty when they are the same. Nodes, edges, weights,
 * clicks and marks have to be the same number for number and in the same order; sums of vectors within 1e-4 and states, interests and how
 * far states moved within 0.02 (of numbers above 1: of their size), or not at all without `withVectors`. What belongs to the interaction graph
 * is left out.
 */
export function stateDifferences(graph: InterestGraph, a: number, b: number, withVectors = true): string[] {
  const { slabs } = graph;
  const { nodeStart, edgeStart, seenStart, slowStart } = slabs;
  const { clicks, width } = slabs.bounds;
  const found: string[] = [];
  const placeOf = (row: number, place: Place): number =>
    typeof place === 'number' ? row * place : place.start[row] * (place.width ?? 1);
  const compare = (what: string, field: Numbers, place: Place, used: number, tolerance = 0) => {
    if (!isSame(field, placeOf(a, place), placeOf(b, place), used, tolerance)) found.push(what);
  };
  const compareVectors = (what: string, field: Numbers, place: Place, used: number, tolerance = NEAR) => {
    if (withVectors) compare(what, field, place, used, tolerance);
  };
  const counts: readonly (readonly [string, Numbers])[] = [
    ['nodes', slabs.nodeCount],
    ['edges', slabs.edgeCount],
    ['clicks', slabs.clickCount],
    ['seen marks', slabs.seenCount],
    ['what is withheld', slabs.withheld],
    ['when it was withheld', slabs.withheldMs],
    ['position', slabs.position],
    ['number of clicks', slabs.order],
    ['begin of the session', slabs.sessionOrder],
    ['time of the last click', slabs.lastClickMs],
  ];
  for (const [what, field] of counts) compare(what, field, 1, 1);
  if (found.length > 0) return found;
  const node = slabs.nodeCount[a];
  const nodes = { start: nodeStart };
  const edges = { start: edgeStart };
  const seen = { start: seenStart };
  compare('kinds of nodes', slabs.nodeKind, nodes, node);
  compare('keys of nodes', slabs.nodeKey, nodes, node);
  compare('weights of nodes', slabs.nodeWeight, nodes, node);
  compare('times of nodes', slabs.nodeAt, nodes, node);
  if (!areSameWhereKnown(slabs.nodeSince, nodeStart[a], nodeStart[b], node))
    found.push('first touches of nodes');
  compare('events of nodes', slabs.nodeEvent, nodes, node);
  compare('orders of nodes', slabs.nodeOrder, nodes, node);
  compare('clicks of nodes', slabs.nodeClicks, nodes, node);
  if (withVectors && !haveSameStates(slabs, a, b)) found.push('states of nodes');
  if (!haveSameTerms(graph, a, b)) found.push('search terms');
  const edge = slabs.edgeCount[a];
  compare('ends of edges', slabs.edgeFrom, edges, edge);
  compare('ends of edges', slabs.edgeTo, edges, edge);
  compare('weights of edges', slabs.edgeWeight, edges, edge);
  compare('times of edges', slabs.edgeAt, edges, edge);
  compareVectors('movements of edges', slabs.edgeTogether, edges, edge);
  compare('clicked items', slabs.clickItem, clicks, slabs.clickCount[a]);
  compare('kinds of clicks', slabs.clickKind, clicks, slabs.clickCount[a]);
  compare('seen items', slabs.seenItem, seen, slabs.seenCount[a]);
  compare('marks of seen items', slabs.seenMarks, seen, slabs.seenCount[a]);
  found.push(...interestDifferences(slabs, a, b));
  found.push(...factDifferences(slabs.facts, a, b));
  compareVectors('interest', slabs.interest, width, width);
  compareVectors('slow interest', slabs.slow, { start: slowStart, width }, width);
  compareVectors('sum of the session', slabs.sessionSum, width, width, CLOSE);
  compareVectors('last movement', slabs.lastMove, width, width);
  return [...new Set(found)];
}

/** What was said of interests has to be the same; interests themselves where the journal leads to both. */
function interestDifferences(
  { nodeInterest, nodeStart, nodeCount, rows }: InterestSlabs,
  a: number,
  b: number,
): string[] {
  const found: string[] = [];
  const said = [rows.tunedKind, rows.tunedKey, rows.tunedValue];
  const isSaidSame = (field: Numbers): boolean =>
    isSame(field, rows.tunedStart[a], rows.tunedStart[b], rows.tunedCount[a], 0);
  if (rows.tunedCount[a] !== rows.tunedCount[b] || !said.every(isSaidSame))
    found.push('what was said of interests');
  if (rows.isGrafted[a] === 1 || rows.isGrafted[b] === 1) return found;
  const count = rows.interestCount[a];
  const kept = [rows.interestId, rows.interestShare, rows.interestAt, rows.interestBorn, rows.interestBack];
  const isKeptSame = (field: Numbers): boolean =>
    isSame(field, rows.interestStart[a], rows.interestStart[b], count, 0);
  if (!isSame(nodeInterest, nodeStart[a], nodeStart[b], nodeCount[a], 0)) found.push('interests of nodes');
  if (count !== rows.interestCount[b] || !kept.every(isKeptSame)) found.push('interests');
  return found;
}

/** Facts have to be the same where the journal leads to both; segments may be from before the journal had them. */
function factDifferences(facts: UserFacts, a: number, b: number): string[] {
  if (facts.isLate[a] === 1 || facts.isLate[b] === 1) return [];
  const found: string[] = [];
  if (facts.attributes[a] !== facts.attributes[b]) found.push('attributes');
  const counts = [facts.spend, facts.purchases, facts.visits, facts.firstMs, facts.visitCount];
  const visits = [facts.visitAt, facts.visitClicks, facts.visitSpend];
  const areSame =
    counts.every((field) => isSame(field, a, b, 1, 0)) &&
    visits.every((field) => isSame(field, a * VISITS_MAX, b * VISITS_MAX, facts.visitCount[a], 0));
  if (!areSame) found.push('visits and purchases');
  return found;
}

function haveSameStates({ nodeState, nodeStart, nodeCount }: InterestSlabs, a: number, b: number): boolean {
  for (let node = 0; node < nodeCount[a]; node++)
    if (!areNear(nodeState.of(nodeStart[a] + node), nodeState.of(nodeStart[b] + node))) return false;
  return true;
}

function areNear(one: Float32Array, other: Float32Array): boolean {
  return one.every((number, d) => Math.abs(number - other[d]) <= NEAR * Math.max(1, Math.abs(number)));
}

function isSame(field: Numbers, a: number, b: number, count: number, tolerance: number): boolean {
  for (let i = 0; i < count; i++) {
    const one = field[a + i];
    const other = field[b + i];
    if (!(Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one)))) return false;
  }
  return true;
}

/** 0 is not known: states that older versions wrote. */
function areSameWhereKnown(field: Numbers, a: number, b: number, count: number): boolean {
  for (let i = 0; i < count; i++)
    if (field[a + i] !== field[b + i] && field[a + i] !== 0 && field[b + i] !== 0) return false;
  return true;
}

function haveSameTerms(graph: InterestGraph, a: number, b: number): boolean {
  const { slabs } = graph;
  const start = slabs.nodeStart[a];
  for (let node = 0; node < slabs.nodeCount[a]; node++)
    if (slabs.nodeKind[start + node] === NODE.term && graph.term(a, node) !== graph.term(b, node))
      return false;
  return true;
}
