// A data folder with many users, for test/bench/durability.mjs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuiltGateway } from './built-gateway.mjs';
import { connect } from './crowd.mjs';

/** Users whose states and events the others get, and the most clicks that one of them has; five on average, mostly one or two. */
const MODELS = 256;
const CLICKS_MAX = 40;
/** Users of one journal record, and of one transaction. */
const RECORD_USERS = 4;
const TRANSACTION_USERS = 5_000;

/** Name of one of the users; neighbours in number are none in the store. */
export function nameOfUser(i) {
  return `u${(Math.imul(i, 0x9e3779b1) >>> 0).toString(36)}-${i.toString(36)}`;
}

/**
 * Fills `dataDir`, a new folder, with so many users by way of the store of the build in `dist`: `MODELS` of them click at a
 * gateway of it; the others get copies of their states, sessions and journal records. One shard.
 */
export async function makeManyUsers(dist, dataDir, users) {
  const gateway = await BuiltGateway.start(dist, dataDir);
  const items = await gateway.items();
  for (let i = 0; i < MODELS; i++) await clickAs(gateway, i, items);
  await gateway.stop();
  await copyUsers(dist, dataDir, users);
}

async function clickAs(gateway, i, items) {
  const clicks = clicksOf(i);
  let acked = () => undefined;
  const hello = { t: 'hello', user: `model-${i}`, slots: [{ slot: 'home', k: 20 }] };
  const on = (text) => text === `{"t":"ack","seq":${clicks}}` && acked();
  const socket = await connect(gateway.url, [hello], { on });
  const done = new Promise((resolve) => (acked = resolve));
  for (let seq = 1; seq <= clicks; seq++) {
    const item = items[(i * 31 + seq * (1 + (i % 7))) % items.length];
    socket.send(JSON.stringify({ t: 'event', seq, e: 'view_item', item }));
  }
  await done;
  socket.terminate();
}

function clicksOf(i) {
  return Math.min(CLICKS_MAX, 1 + Math.floor(-4 * Math.log(1 - (i + 0.5) / MODELS)));
}

async function copyUsers(dist, dataDir, users) {
  const built = (path) => import(join(dist, path));
  const { openLmdbStore } = await built('shards/store/lmdb/lmdb-store.js');
  const { encodeRecord, decodeEvents } = await built('shards/store/journal-record.js');
  const { asMovedState } = await built('shards/graph/interest/state/state-header.js');
  const { positionWrite } = await built('shards/graph/interactions/interaction-pages.js');
  const { folder } = JSON.parse(readFileSync(join(dataDir, 'stores.json'), 'utf8'));
  const store = await openLmdbStore({
    folder: join(dataDir, 'shard-0'),
    identity: { folder, store: 'shard-0' },
  });
  const models = modelsIn(store, decodeEvents);
  const atMs = Date.now();
  let written;
  for (let first = 0; first < users; first += RECORD_USERS) {
    const batch = { users: [], sessions: [] };
    const events = [];
    const from = store.journal.end;
    for (let i = first; i < Math.min(users, first + RECORD_USERS); i++) {
      const userId = nameOfUser(i);
      const sessionId = `session-of-${userId}`;
      const model = models[i % models.length];
      for (const event of model.events) events.push({ ...event, user: userId, session: sessionId });
      batch.users.push({ userId, bytes: asMovedState(model.state, from + events.length) });
      batch.sessions.push({ userId, sessionId, seq: model.events.length, atMs });
    }
    const end = from + events.length;
    written = store.commit({
      ...batch,
      journal: { count: events.length, bytes: encodeRecord(events, atMs) },
      checkpoint: end,
      blobs: [positionWrite(end)],
    });
    if (first % TRANSACTION_USERS === 0) await written;
  }
  await written;
  await store.close();
}

/** State and events of each of the users who clicked. */
function modelsIn(store, decodeEvents) {
  const events = new Map();
  for (const { bytes } of store.journal.from(0))
    for (const event of decodeEvents(bytes)) {
      if (!events.has(event.user)) events.set(event.user, []);
      events.get(event.user).push(event);
    }
  return [...events].map(([user, own]) => ({ state: Uint8Array.from(store.user(user)), events: own }));
}
