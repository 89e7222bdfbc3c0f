import type { InterestGraph } from './interest-graph.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { earlierSince } from './nodes.js';
import { markSeen } from './seen-items.js';
import { CLICK_ORDER_MAX } from './session-clicks.js';
import { lengthOf } from './vector-table.js';

/**
 * Adds the graph in row `guest` to the one in `host`, as when visitors say who they are: weights add up, of two states the
 * one touched later stays, edges and seen marks join. When the guest clicked last, their session becomes the current one.
 * The guest's row stays as it was.
 */
export function mergeGraphs(graph: InterestGraph, host: number, guest: number): void {
  const { slabs } = graph;
  graph.unpin();
  const guestIsLater = slabs.lastClickMs[guest] >= slabs.lastClickMs[host];
  mergeNodes(graph, host, guest, guestIsLater);
  mergeEdges(graph, host, guest);
  const seen = { marks: 0, clears: 0 };
  for (let i = slabs.seenStart[guest]; i < slabs.seenStart[guest] + slabs.seenCount[guest]; i++) {
    seen.marks = slabs.seenMarks[i];
    markSeen(slabs, host, slabs.seenItem[i], seen);
  }
  if (guestIsLater) takeSession(slabs, host, guest);
  slabs.facts.merge(host, guest);
}

function mergeNodes(graph: InterestGraph, host: number, guest: number, guestIsLater: boolean): void {
  const { slabs } = graph;
  const orderShift = slabs.order[host];
  for (let other = 0; other < slabs.nodeCount[guest]; other++) {
    const from = slabs.nodeStart[guest] + other;
    const kind = slabs.nodeKind[from];
    const known = graph.find(host, kind, slabs.nodeKey[from]);
    const isNewer = known < 0 || slabs.nodeAt[from] >= slabs.nodeAt[slabs.nodeStart[host] + known];
    const atMs =
      known < 0
        ? slabs.nodeAt[from]
        : Math.max(slabs.nodeAt[from], slabs.nodeAt[slabs.nodeStart[host] + known]);
    const weight = graph.weight(guest, other, atMs);
    const to = graph.positionOf(host, kind, slabs.nodeKey[from], atMs);
    graph.addWeight(to, weight, slabs.nodeEvent[from], atMs);
    slabs.nodeSince[to] = earlierSince(slabs.nodeSince[to], slabs.nodeSince[from]);
    if (!isNewer) continue;
    slabs.nodeState.copy(from, to);
    slabs.nodeOrder[to] =
      guestIsLater && slabs.nodeOrder[from] > 0 ? laterBy(slabs.nodeOrder[from], orderShift) : 0;
    slabs.nodeClicks[to] = slabs.nodeClicks[from];
    if (kind === NODE.term) graph.setTerm(host, to - slabs.nodeStart[host], graph.term(guest, other));
  }
}

function mergeEdges(graph: InterestGraph, host: number, guest: number): void {
  const { slabs } = graph;
  const guestNodes = slabs.nodeStart[guest];
  const hostNode = (node: number) =>
    graph.find(host, slabs.nodeKind[guestNodes + node], slabs.nodeKey[guestNodes + node]);
  const first = slabs.edgeStart[guest];
  for (let i = first; i < first + slabs.edgeCount[guest]; i++) {
    const from = hostNode(slabs.edgeFrom[i]);
    const to = hostNode(slabs.edgeTo[i]);
    if (from < 0 || to < 0) continue;
    graph.edges.bring(host, from, to, i);
  }
}

/** The guest's session, interest and clicks become the host's; the slow interests are averaged where both have one. */
function takeSession(slabs: InterestSlabs, host: number, guest: number): void {
  const orderShift = slabs.order[host];
  const { width, clicks } = slabs.bounds;
  for (const field of [slabs.interest, slabs.sessionSum, slabs.lastMove]) {
    field.copyWithin(host * width, guest * width, (guest + 1) * width);
  }
  takeSlow(slabs, host, guest);
  slabs.clickItem.copyWithin(host * clicks, guest * clicks, (guest + 1) * clicks);
  slabs.clickKind.copyWithin(host * clicks, guest * clicks, (guest + 1) * clicks);
  slabs.clickCount[host] = slabs.clickCount[guest];
  slabs.order[host] = laterBy(slabs.order[guest], orderShift);
  slabs.sessionOrder[host] = laterBy(slabs.sessionOrder[guest], orderShift);
  slabs.lastClickMs[host] = slabs.lastClickMs[guest];
  slabs.sessionId[host] = slabs.sessionId[guest];
}

function takeSlow(slabs: InterestSlabs, host: number, guest: number): void {
  const { width } = slabs.bounds;
  const hasSlow = (row: number) => lengthOf(slabs.slow, slabs.slowStart[row] * width, width) > 0;
  const hostHasSlow = hasSlow(host);
  if (!hostHasSlow && !hasSlow(guest)) return;
  slabs.ownSlow(host);
  const to = slabs.slowStart[host] * width;
  const from = slabs.slowStart[guest] * width;
  for (let d = 0; d < width; d++) {
    const ofGuest = slabs.slow[from + d];
    slabs.slow[to + d] = hostHasSlow ? (slabs.slow[to + d] + ofGuest) / 2 : ofGuest;
  }
}

/** An order of clicks behind as many others. */
function laterBy(order: number, clicks: number): number {
  return Math.min(order + clicks, CLICK_ORDER_MAX);
}
