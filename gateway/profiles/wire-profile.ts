import { nodeName, type GraphNames } from '../calls/user-graphs.js';
import { roundScore } from '../calls/wire-reason.js';
import type { Interest, Profile, TuneValue } from '../protocol/messages.js';
import { NODE, TUNE, type GraphNode, type UserGraph, type UserInterest } from '../../shards/api.js';
import type { WillBuy } from './will-buy.js';
import { commonAttributes } from './common-attributes.js';
import { wireRisk } from './wire-risk.js';
import { nameInterest, type WeighedText } from './interest-words.js';

/** A profile as it is told, without what ties it to a call. */
export type ProfileFields = Pick<Profile, 'atMs' | 'buys' | 'risk' | 'segments' | 'interests'>;

/** What a profile tells beside the graph. */
export interface ProfileSources {
  readonly willBuy: WillBuy;
  /** Id of a segment; undefined for one that is gone. */
  readonly segmentOf: (number: number) => string | undefined;
}

/** Items of an interest that are told, at most. */
const ITEMS_MAX = 12;

const VALUES = new Map<number, TuneValue>([
  [TUNE.more, 'more'],
  [TUNE.less, 'less'],
  [TUNE.never, 'never'],
]);

type Part = Pick<GraphNode, 'kind' | 'key' | 'term' | 'weight'>;

/** The interests of a graph, in words. Of somebody who does not want lists by them there are none: what is kept of them stands in their graph. */
export function wireProfile(
  { atMs, nodes, interests, consent, segments, session, risk }: UserGraph,
  names: GraphNames,
  { willBuy, segmentOf }: ProfileSources,
): ProfileFields {
  if (!consent.personalise) return { atMs, interests: [] };
  const strongest = nodes.toSorted((a, b) => b.weight - a.weight);
  const partsOf = ({ id, lastMs, said }: UserInterest): readonly Part[] =>
    lastMs === 0
      ? said.map((node) => ({ ...node, term: '', weight: 0 }))
      : strongest.filter((node) => node.interest === id);
  const buys = willBuy.probability({ session });
  const ids = segments.map(segmentOf).filter((id) => id !== undefined);
  const told = {
    atMs,
    ...(buys !== undefined && { buys }),
    ...(risk !== undefined && { risk: wireRisk(risk, atMs) }),
    ...(ids.length > 0 && { segments: ids }),
  };
  return {
    ...told,
    interests: interests.map((interest) => wireInterest(interest, partsOf(interest), names)),
  };
}

/** The community of most of the weight of some items. */
function communityOf(items: readonly Part[], names: GraphNames): string | undefined {
  const weights = new Map<string, number>();
  for (const { key, weight } of items) {
    const name = names.communityOf(key);
    if (name !== undefined && weight > 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return [...weights].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function wireInterest(interest: UserInterest, parts: readonly Part[], names: GraphNames): Interest {
  const { id, share, trend, lastMs, tune } = interest;
  const ofKind = (kind: number): WeighedText[] =>
    parts
      .filter((node) => node.kind === kind)
      .map(({ key, term, weight }) => ({ text: nodeName(kind, key, term, names) ?? '', weight }))
      .filter(({ text }) => text !== '');
  const texts = (kind: number): string[] => ofKind(kind).map(({ text }) => text);
  const categories = texts(NODE.category);
  const [terms, brands, titles] = [texts(NODE.term), texts(NODE.brand), ofKind(NODE.item)];
  const items = parts.filter(({ kind }) => kind === NODE.item);
  return {
    id,
    ...nameInterest({ categories, terms, brands, titles, community: communityOf(items, names) }),
    categories,
    attributes: commonAttributes(
      items.map(({ key, weight }) => ({ attributes: names.attributesOf(key), weight })),
    ),
    share: roundScore(share),
    strength: roundScore(parts.reduce((sum, { weight }) => sum + Math.max(0, weight), 0)),
    trend,
    tune: VALUES.get(tune) ?? 'normal',
    ...(lastMs > 0 && { lastMs }),
    items: items.slice(0, ITEMS_MAX).map(({ key }) => names.idOf(key)),
  };
}
