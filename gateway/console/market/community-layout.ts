import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from 'd3-force';
import type { Counted, Flow } from './market-answer.js';

/** Where the map is drawn, in its own units; a phone has the high one. */
export interface MapSize {
  readonly width: number;
  readonly height: number;
}
export const WIDE: MapSize = { width: 900, height: 560 };
export const NARROW: MapSize = { width: 420, height: 620 };

/** Flows that are drawn, at most: the greatest of those that are more than due. */
const FLOWS_MAX = 40;
/** Steps of the simulation: 40 communities come to rest in them. */
const STEPS = 220;
const MARGIN = 6;
/** Part of the map that all circles cover. */
const COVERED = 0.3;
const RADIUS_MIN = 12;
/** How hot the simulation begins when communities have places already: 1 is for those that have none. */
const WARM = 0.08;

/** A community with its place. */
export interface MapCommunity extends SimulationNodeDatum {
  readonly community: Counted;
  readonly radius: number;
  x: number;
  y: number;
}

export interface MapFlow {
  readonly flow: Flow;
  readonly from: MapCommunity;
  readonly to: MapCommunity;
  /** Clicks, in parts of those of the greatest flow. */
  readonly share: number;
}

export interface CommunityLayout {
  readonly communities: readonly MapCommunity[];
  readonly flows: readonly MapFlow[];
}

/** Places by id. */
export type Places = ReadonlyMap<string, { readonly x: number; readonly y: number }>;

/**
 * Places communities by forces: flows pull, circles do not overlap; areas are as their shoppers. They begin where they were, so that
 * little moves from answer to answer. The same communities after the same places are placed the same.
 */
export function layOutCommunities(
  top: readonly Counted[],
  flows: readonly Flow[],
  size: MapSize,
  before: Places,
): CommunityLayout {
  const communities = top.map((community, i) =>
    placed(community, radiusOf(community, top, size), size, before, i),
  );
  const byId = new Map(communities.map((node) => [String(node.community.id), node]));
  const drawn = flows.flatMap((flow) => {
    const [from, to] = [byId.get(String(flow.from.id)), byId.get(String(flow.to.id))];
    return flow.lift > 1 && from && to && from !== to ? [{ flow, from, to }] : [];
  });
  const most = Math.max(1e-9, ...drawn.map(({ flow }) => flow.clicks));
  const shared = drawn.slice(0, FLOWS_MAX).map((flow) => ({ ...flow, share: flow.flow.clicks / most }));
  const isKnown = top.every(({ id }) => before.has(String(id)));
  settle(communities, shared, size, isKnown ? WARM : 1);
  return { communities, flows: shared };
}

function settle(communities: MapCommunity[], flows: readonly MapFlow[], size: MapSize, heat: number): void {
  const links = flows.map(({ from, to, share }): SimulationLinkDatum<MapCommunity> & { share: number } => ({
    source: from,
    target: to,
    share,
  }));
  const simulation = forceSimulation(communities)
    .force(
      'link',
      forceLink<MapCommunity, (typeof links)[number]>(links)
        .distance(({ source, target }) => gap(source as MapCommunity, target as MapCommunity))
        .strength(({ share }) => 0.04 + 0.2 * share),
    )
    .force('push', forceManyBody<MapCommunity>().strength(-400))
    .force('apart', forceCollide<MapCommunity>((node) => node.radius + 7).iterations(2))
    .force('x', forceX(size.width / 2).strength(0.05 * (size.height / size.width)))
    .force('y', forceY(size.height / 2).strength(0.05 * (size.width / size.height)))
    .alpha(heat)
    .stop();
  for (let step = 0; step < STEPS; step++) {
    simulation.tick();
    for (const node of communities) keepIn(node, size);
  }
}

function gap(from: MapCommunity, to: MapCommunity): number {
  return from.radius + to.radius + 70;
}

function radiusOf({ shoppers }: Counted, top: readonly Counted[], { width, height }: MapSize): number {
  const all = top.reduce((sum, community) => sum + community.shoppers, 0);
  return Math.max(
    RADIUS_MIN,
    Math.sqrt((shoppers / Math.max(1, all)) * ((COVERED * width * height) / Math.PI)),
  );
}

/** A new one begins on a spiral around the middle. */
function placed(
  community: Counted,
  radius: number,
  { width, height }: MapSize,
  before: Places,
  place: number,
): MapCommunity {
  const angle = 2.4 * place;
  const distance = 24 * Math.sqrt(place);
  const { x, y } = before.get(String(community.id)) ?? {
    x: width / 2 + distance * Math.cos(angle),
    y: height / 2 + distance * Math.sin(angle),
  };
  return { community, radius, x, y };
}

function keepIn(node: MapCommunity, { width, height }: MapSize): void {
  const edge = MARGIN + node.radius;
  node.x = Math.min(width - edge, Math.max(edge, node.x));
  node.y = Math.min(height - edge, Math.max(edge, node.y));
}
