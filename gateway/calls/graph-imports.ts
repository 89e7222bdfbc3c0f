import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Problem } from '../protocol/validate-event.js';
import { graphProblem } from './user-graphs.js';
import { nameOf, type NamedKey, type ShardPool } from '../../shards/api.js';

/** Nodes of one import, and how long one that is not found yet is looked for. */
const NODES_MAX = 256;
/** Item nodes that are looked up: as many as a graph has nodes. */
const LOOKED_UP_MAX = 32;
const WAIT_MS = 5_000;
/** Imports whose items are looked up at once: the encoder takes 64 texts (`ASKS_WAITING_MAX`), and who searches needs it too. */
export const IMPORTS_MAX = 1;
/** What a weight counts for at most: graphs that were merged tell more, and take no more along. */
export const WEIGHT_MAX = 1e6;
/** Cosine of two texts from which on one stands for the other: one in a hundred pairs of titles that have nothing to do with each other has 0.58. */
export const ALIKE_MIN = 0.6;

const nodeForm = z.looseObject({
  id: z.string().max(300),
  kind: z.string().max(32),
  name: z.string().max(512).optional(),
  weight: z.number(),
  lastMs: z.number().nonnegative(),
});

/** A graph as another gateway's `GET /v1/users/{id}/graph` tells it; edges and what it has of others stay behind. */
export const importBody = z.object({ nodes: z.array(nodeForm).max(NODES_MAX) });

type GivenNode = z.infer<typeof nodeForm>;

/** What stands here for a node that came from elsewhere. */
export interface ImportedItem {
  /** Id of the node there, and of the item here. */
  readonly from: string;
  readonly item: string;
  readonly likeness: number;
  readonly weight: number;
}

/** What an import came to: what was found, and the ids of nodes that nothing here is alike to, or that are no items. */
export interface GraphImport {
  readonly imported: readonly ImportedItem[];
  readonly left: readonly string[];
}

/** The item that means most nearly what a text means, and the cosine of the two. */
export interface AlikeItem {
  readonly item: number;
  readonly likeness: number;
}

/** What an import needs of the gateway. */
export interface ImportContext {
  readonly pool: Pick<ShardPool, 'importGraph' | 'graph'>;
  /** Undefined: not known in time; null: nothing is alike. */
  readonly alike: (text: string, waitMs: number) => Promise<AlikeItem | null | undefined>;
  readonly idOf: (item: number) => string;
}

interface Found extends AlikeItem {
  readonly node: GivenNode;
}

/** Brings graphs from other shops: the items that mean what theirs are called take their weights. */
export class GraphImports {
  readonly #context: ImportContext;
  #underWay = 0;

  constructor(context: ImportContext) {
    this.#context = context;
  }

  /** Durable when it is answered; what was imported before changes nothing. Never rejects. */
  async take(user: NamedKey, { nodes }: z.infer<typeof importBody>): Promise<GraphImport | Problem> {
    const { pool, idOf } = this.#context;
    const asked = nodes
      .filter(({ kind, name, weight }) => kind === 'item' && name !== undefined && weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, LOOKED_UP_MAX);
    if (this.#underWay === IMPORTS_MAX)
      return overloaded('other graphs are being imported; send it again later');
    this.#underWay++;
    const found = await this.#find(asked).finally(() => this.#underWay--);
    if (found === undefined)
      return overloaded('no encoder says in time what the items mean; send it again later');
    const imported = found.map(({ node, item, likeness }) => ({
      from: node.id,
      item: idOf(item),
      likeness: Math.round(likeness * 1e3) / 1e3,
      weight: Math.min(WEIGHT_MAX, node.weight),
    }));
    const taken = new Set(imported.map(({ from }) => from));
    const left = nodes.map(({ id }) => id).filter((id) => !taken.has(id));
    try {
      const { consent } = await pool.graph(user);
      if (!consent.learn) return { imported: [], left: nodes.map(({ id }) => id) };
      if (found.length > 0)
        await pool.importGraph(user, { source: sourceOf(user, found), nodes: joined(found) });
      return { imported, left };
    } catch (error) {
      return graphProblem(error);
    }
  }

  /** Those that something is alike to; undefined when one of them is not known in time. */
  async #find(asked: readonly GivenNode[]): Promise<Found[] | undefined> {
    const found: Found[] = [];
    const answers = await Promise.all(asked.map(({ name }) => this.#context.alike(name as string, WAIT_MS)));
    for (const [i, alike] of answers.entries()) {
      if (alike === undefined) return undefined;
      if (alike !== null && alike.likeness >= ALIKE_MIN) found.push({ ...alike, node: asked[i] });
    }
    return found;
  }
}

function overloaded(message: string): Problem {
  return { code: 'overloaded', message };
}

/** Nodes that one item stands for are one: their weights add up. */
function joined(found: readonly Found[]): { item: number; weight: number; lastMs: number }[] {
  const nodes = new Map<number, { item: number; weight: number; lastMs: number }>();
  for (const { item, node } of found) {
    const known = nodes.get(item) ?? { item, weight: 0, lastMs: 0 };
    nodes.set(item, {
      item,
      weight: Math.min(WEIGHT_MAX, known.weight + node.weight),
      lastMs: Math.max(known.lastMs, node.lastMs),
    });
  }
  return [...nodes.values()];
}

/** The same for the same nodes of the same user, and of nobody else's: times and weights of a graph that went on are others. */
function sourceOf(user: NamedKey, found: readonly Found[]): string {
  const said = JSON.stringify([nameOf(user), found.map(({ node }) => [node.id, node.name, node.lastMs])]);
  return `import ${createHash('sha256').update(said).digest('base64url')}`;
}
