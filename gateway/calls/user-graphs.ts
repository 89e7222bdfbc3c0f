import type { EdgeKind, Graph, NodeKind, WireEdge, WireNode } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import type { ItemAttribute } from '../../model/catalogue/words/word-lists.js';
import { attributeNodes } from './attribute-nodes.js';
import { roundScore } from './wire-reason.js';
import {
  MergedError,
  NODE,
  OverloadedError,
  type ShardPool,
  type UserGraph,
  type UserKey,
} from '../../shards/api.js';

/** What things are called outside, by the numbers that graphs have. */
export interface GraphNames {
  idOf(item: number): string;
  /** Undefined for an item that is not in the catalogue. */
  titleOf(item: number): string | undefined;
  categoryOf(code: number): string;
  brandOf(code: number): string;
  /** What the shop's data and the title say of an item: nothing of one that is not in the catalogue. */
  attributesOf(item: number): readonly ItemAttribute[];
  /** What items like it are called together, the narrower name; undefined for an item that is in no community. */
  communityOf(item: number): string | undefined;
}

/** A graph as it is told, without what ties it to a call. */
export type GraphFields = Pick<Graph, 'atMs' | 'nodes' | 'edges'>;

/** Kinds of nodes that are kept; attributes are read off the items. */
const KINDS: Readonly<Record<number, NodeKind>> = {
  [NODE.item]: 'item',
  [NODE.category]: 'category',
  [NODE.brand]: 'brand',
  [NODE.term]: 'term',
};
/** What ids of other nodes begin with; an item whose id does so is told apart. */
const PREFIXED = /^(?:item|category|brand|term|attribute):/;

/** Interest graphs of users, in words. */
export class UserGraphs {
  readonly #pool: Pick<ShardPool, 'graph'>;
  readonly #names: GraphNames;

  constructor(pool: Pick<ShardPool, 'graph'>, names: GraphNames) {
    this.#pool = pool;
    this.#names = names;
  }

  /** The graph of anybody; of somebody nobody has heard of it is empty. Never rejects. @param answered called before words are made of it. */
  async read(user: UserKey, answered?: () => void): Promise<GraphFields | Problem> {
    try {
      const graph = await this.#pool.graph(user);
      answered?.();
      return wireGraph(graph, this.#names);
    } catch (error) {
      return graphProblem(error);
    }
  }
}

/** Why a graph cannot be told. */
export function graphProblem(error: unknown): Problem {
  if (error instanceof OverloadedError) return { code: 'overloaded', message: error.message };
  if (error instanceof MergedError)
    return {
      code: 'session_merged',
      message: 'the session went to a named user with its visitor; ask for that user',
    };
  return { code: 'shard_restarting', message: 'the shard of the user does not answer; ask again later' };
}

/** A graph with names in the place of numbers. Every node has an id of its own. */
export function wireGraph({ atMs, nodes, edges }: UserGraph, names: GraphNames): GraphFields {
  const named = nodes.map((node) => wireNode(node, names));
  const items = named
    .map((node, at) => ({ node, attributes: attributesOf(nodes[at], names) }))
    .filter(({ attributes }) => attributes.length > 0);
  const common = attributeNodes(items);
  const stored = edges.map((edge) => wireEdge(edge, named));
  return { atMs, nodes: [...named, ...common.nodes], edges: [...stored, ...common.edges] };
}

function wireNode(
  { kind, key, term, weight, firstMs, lastMs, interest }: UserGraph['nodes'][number],
  names: GraphNames,
): WireNode {
  const name = nodeName(kind, key, term, names);
  return {
    id: kind === NODE.item ? itemNodeId(names.idOf(key)) : `${KINDS[kind]}:${name ?? ''}`,
    kind: KINDS[kind],
    ...(name !== undefined && { name }),
    weight: roundScore(weight),
    ...(firstMs > 0 && { firstMs }),
    lastMs,
    ...(interest > 0 && { interest }),
  };
}

function attributesOf(
  { kind, key }: Pick<UserGraph['nodes'][number], 'kind' | 'key'>,
  names: GraphNames,
): readonly ItemAttribute[] {
  return kind === NODE.item ? names.attributesOf(key) : [];
}

function itemNodeId(id: string): string {
  return PREFIXED.test(id) ? `item:${id}` : id;
}

/** Name of a node; undefined when it has none, as an item that is not in the catalogue. */
export function nodeName(kind: number, key: number, term: string, names: GraphNames): string | undefined {
  switch (kind) {
    case NODE.item:
      return names.titleOf(key);
    case NODE.category:
      return key < 0 ? undefined : names.categoryOf(key);
    case NODE.brand:
      return key < 0 ? undefined : names.brandOf(key);
    default:
      return term;
  }
}

function wireEdge(
  { from, to, weight, lastMs }: UserGraph['edges'][number],
  nodes: readonly WireNode[],
): WireEdge {
  return {
    from: nodes[from].id,
    to: nodes[to].id,
    kind: edgeKind(nodes[from].kind, nodes[to].kind),
    weight: roundScore(weight),
    lastMs,
  };
}

function edgeKind(from: NodeKind, to: NodeKind): EdgeKind {
  if (from === 'term') return 'found';
  return from === 'item' && to !== 'item' && to !== 'term' ? 'of' : 'next';
}
