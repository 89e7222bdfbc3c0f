import { randomUUID } from 'node:crypto';
import { patientlyUntil, rest } from '../../support/patience.js';
import { NODES, type ClusterWorld } from './cluster-world.js';

/** Visitors of one round: of 12 partitions and their users' of others most merges go from one to another. */
const VISITORS = 24;
const ITEMS = ['item-1', 'item-2', 'item-3'];
/** Merges take some milliseconds each. */
const MIDDLE_MS = 200;
const AWAY_MS = 2_000;
const MERGED_MS = 120_000;

let made = 0;

/** A visitor, and whose they are to be. */
interface Pair {
  readonly session: string;
  readonly user: string;
}

/**
 * Merges visitors into users, each asked for at any gateway until it is answered, and loses a machine in the middle. Rejects when a user
 * has not what their visitor clicked, or somebody else has.
 */
export async function mergeVisitors(world: ClusterWorld, random: (limit: number) => number): Promise<void> {
  const anyUrl = (): string => world.nodes.urls[world.nodes.running[random(world.nodes.running.length)]];
  const pairs = Array.from({ length: VISITORS }, (): Pair => ({
    session: randomUUID(),
    user: `merger-${++made}`,
  }));
  await Promise.all(pairs.map((pair) => untilDone(() => click(anyUrl(), pair))));
  const merging = pairs.map((pair) => untilDone(() => merge(anyUrl(), pair)));
  await rest(random(MIDDLE_MS));
  const lost = random(NODES.length);
  await world.killMachine(lost);
  await rest(AWAY_MS);
  await world.startMachine(lost);
  await Promise.all(merging);
  for (const pair of pairs) await untilDone(() => isWhole(anyUrl(), pair));
}

/** Asks again until it is done: a machine may be lost at any moment. Rejects with what it came to last. */
async function untilDone(ask: () => Promise<boolean>): Promise<void> {
  let last: unknown;
  const isDone = (): Promise<boolean> => ask().catch((error: unknown) => ((last = error), false));
  if (!(await patientlyUntil(isDone, { everyMs: 50, ms: MERGED_MS }))) throw last;
}

async function click(url: string, { session }: Pair): Promise<boolean> {
  const events = ITEMS.map((item) => ({ session, id: `${session}-${item}`, e: 'view_item', item }));
  const { results } = (await send(url, '/v1/events', events)) as { results: { status: string }[] };
  return results.every(({ status }) => status === 'applied' || status === 'duplicate');
}

/** An answer may have been lost with its gateway: the next one says that there is nothing to merge, and means it. */
async function merge(url: string, { session, user }: Pair): Promise<boolean> {
  const { merged } = (await send(url, `/v1/users/${user}/merge`, { session })) as { merged?: boolean };
  return merged !== undefined;
}

/** The visitor is nobody else's, who may ask for them as well. */
async function isWhole(url: string, { session, user }: Pair): Promise<boolean> {
  const { merged } = (await send(url, `/v1/users/${user}-thief/merge`, { session })) as { merged: boolean };
  const [has, thief] = [await itemsOf(url, user), await itemsOf(url, `${user}-thief`)];
  if (!merged && has.join() === ITEMS.join() && thief.length === 0) return true;
  throw new Error(`${user} has ${has.join()}, and who came later ${thief.join()}`);
}

async function itemsOf(url: string, user: string): Promise<string[]> {
  const reply = await fetch(`${url}/v1/users/${user}/graph`);
  const { nodes } = (await reply.json()) as { nodes: { kind: string; id: string }[] };
  return nodes.flatMap(({ kind, id }) => (kind === 'item' ? [id] : [])).sort();
}

async function send(url: string, path: string, body: unknown): Promise<unknown> {
  const reply = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply.json();
}
