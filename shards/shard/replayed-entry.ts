import { mergeTuned } from '../graph/communities/merge-tuned.js';
import { mergeGraphs } from '../graph/interest/merge-graphs.js';
import type {
  AttributesEntry,
  ConsentEntry,
  MergedEntry,
  ReplacedEntry,
  SegmentsEntry,
  TunedEntry,
} from '../store/journal-entry.js';
import type { ShardContext } from './shard-context.js';

type Context = Pick<ShardContext, 'model' | 'quarantine'>;

/**
 * Makes a visitor's graph part of a user's, as the entry at `position` says; when it is made, and whenever the journal is
 * replayed. A graph that cannot be read is set aside, and the rest is merged. What either of them withheld is withheld.
 */
export function mergeVisitor(context: Context, entry: MergedEntry, position: number): void {
  const { visitor, into, state } = entry;
  const { users, graph, interests } = context.model;
  const row = users.load(into);
  if (state !== undefined && isRead(context, users.spareRow, visitor, state)) {
    mergeGraphs(graph, row, users.spareRow);
    interests.cut(row);
    mergeTuned(graph.slabs, row, users.spareRow);
    const { withheld, withheldMs } = graph.slabs;
    withheld[row] |= withheld[users.spareRow];
    withheldMs[row] = Math.max(withheldMs[row], withheldMs[users.spareRow]);
  }
  graph.slabs.position[row] = position + 1;
  users.markDirty(into, row);
}

/** Gives a user the graph of the entry at `position`; an empty one when it cannot be read: it is set aside. */
export function replaceUser(context: Context, { user, state }: ReplacedEntry, position: number): void {
  const { users, graph } = context.model;
  users.begin(user);
  const row = users.load(user);
  graph.slabs.withheld[row] = 0;
  graph.slabs.withheldMs[row] = 0;
  if (state !== undefined) isRead(context, row, user, state);
  // The entry holds all of it.
  graph.slabs.isPartial[row] = 0;
  graph.slabs.rows.isGrafted[row] = 0;
  graph.slabs.position[row] = position + 1;
}

/** Keeps what a user said of an interest, as the entry at `position` has it. */
export function tuneUser({ model }: Pick<Context, 'model'>, entry: TunedEntry, position: number): void {
  const { users, graph } = model;
  const row = users.load(entry.user);
  const { rows } = graph.slabs;
  rows.untune(row, entry.interest);
  for (let i = 0; i + 1 < entry.nodes.length; i += 2)
    rows.tune(row, entry.interest, { kind: entry.nodes[i], key: entry.nodes[i + 1] }, entry.value);
  graph.slabs.position[row] = position + 1;
  users.markDirty(entry.user, row);
}

/** Keeps what a user allows, as the entry at `position` has it. */
export function keepConsent({ model }: Pick<Context, 'model'>, entry: ConsentEntry, position: number): void {
  const { users, graph } = model;
  const row = users.load(entry.user);
  graph.slabs.withheld[row] = entry.withheld;
  graph.slabs.withheldMs[row] = entry.withheld === 0 ? 0 : entry.atMs;
  graph.slabs.position[row] = position + 1;
  users.markDirty(entry.user, row);
}

/** Keeps what a client says of its user, as the entry at `position` has it. */
export function keepAttributes(
  { model }: Pick<Context, 'model'>,
  entry: AttributesEntry,
  position: number,
): void {
  const { users, graph } = model;
  const row = users.load(entry.user);
  graph.slabs.facts.attributes[row] = entry.attributes;
  graph.slabs.position[row] = position + 1;
  users.markDirty(entry.user, row);
}

/** Keeps which segments a user is in, as the entry at `position` has it. */
export function keepSegments(
  { model }: Pick<Context, 'model'>,
  entry: SegmentsEntry,
  position: number,
): void {
  const { users, graph } = model;
  const row = users.load(entry.user);
  graph.slabs.facts.setSegments(row, entry.segments);
  graph.slabs.position[row] = position + 1;
  users.markDirty(entry.user, row);
}

/** Reads a state into `row`, which is empty when it cannot be. */
function isRead({ model, quarantine }: Context, row: number, userId: string, state: Uint8Array): boolean {
  try {
    model.codec.decode(row, state);
    return true;
  } catch (error) {
    const reason = `a state of the journal could not be read: ${(error as Error).message}`;
    quarantine.take({ kind: 'user', names: [userId], reason, bytes: state }, false);
    return false;
  }
}
