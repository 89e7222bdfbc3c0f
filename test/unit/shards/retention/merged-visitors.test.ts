import { expect, test } from 'vitest';
import { eraseUser } from '../../../../shards/retention/erase-user.js';
import { IDLE_BITE_MAX } from '../../../../shards/retention/idle-users.js';
import { MergedVisitors } from '../../../../shards/retention/merged-visitors.js';
import { named, visitor } from '../../../../shards/store/user-key.js';
import { aLeave, anEventCall, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const DAY_MS = 86_400_000;
const ANN = named('ann');

/** Somebody views an item in a session named as they are, and leaves. */
async function visit(shard: ShardHarness, user: string, number: number): Promise<number> {
  const by = openAs(number);
  await shard.built.shard.commits.idle();
  const seq = await shard.open({ user, sessionId: user.replace('\u0001', ''), ...by });
  await shard.tick(anEventCall({ by, seq: seq + 1, on: [number], tsMs: shard.clock.nowMs() }));
  await shard.tick(...aLeave(by));
  return seq;
}

/** The three steps of a merge into Ann; `forgets` false: a crash comes before the last. */
async function merge(shard: ShardHarness, from: string, forgets = true): Promise<void> {
  const { shard: built } = shard.built;
  const given = built.give(from, ANN);
  built.merge(from, ANN, given);
  built.commits.commit();
  if (forgets) built.forget(from, ANN);
  await built.commits.idle();
}

/** Ann, with a visitor who became hers long ago; the journal begins after that unless it is kept. */
async function merged(options: { readonly forgets?: boolean; readonly dropsJournal?: boolean } = {}) {
  const shard = await ShardHarness.make();
  const guest = visitor('guest');
  await visit(shard, guest, 1);
  await merge(shard, guest, options.forgets);
  shard.clock.advanceMs(500 * DAY_MS);
  await visit(shard, ANN, 2);
  await shard.checkpoint();
  if (options.dropsJournal !== false) await dropJournal(shard);
  return { shard, guest };
}

/** Leaves the journal its last record. */
async function dropJournal({ store }: ShardHarness): Promise<void> {
  await store.commit({ dropBefore: store.journal.end - 1 });
}

/** All that one walk finds. */
function found(shard: ShardHarness, keptMs = 400 * DAY_MS): string[] {
  const walk = new MergedVisitors(shard.built);
  const ago = { beforeMs: shard.clock.nowMs() - keptMs, position: shard.store.checkpoint };
  const all: string[] = [];
  for (let bite = walk.step(ago); bite !== undefined; bite = walk.step(ago)) all.push(...bite);
  return all;
}

test('a visitor who was merged long ago is found, and a walk begins anew after its end', async () => {
  const { shard, guest } = await merged();
  expect(found(shard)).toEqual([guest]);
  expect(found(shard)).toEqual([guest]);
  expect(found(shard, 600 * DAY_MS)).toEqual([]);
});

test('one who said nothing in their session is found as well', async () => {
  const shard = await ShardHarness.make();
  const guest = visitor('by-http');
  await shard.open({ user: guest, sessionId: 'by-http', ...openAs(1) });
  await shard.tick(
    anEventCall({
      by: { channel: openAs(1).channel, session: 0 },
      seq: 0,
      on: [1],
      tsMs: shard.clock.nowMs(),
    }),
  );
  await shard.tick(...aLeave(openAs(1)));
  await merge(shard, guest);
  expect(shard.store.alias(guest)).toBe(ANN);
  shard.clock.advanceMs(500 * DAY_MS);
  await visit(shard, ANN, 2);
  await shard.checkpoint();
  await dropJournal(shard);
  expect(found(shard)).toEqual([guest]);
});

test('who is in the journal still, or whose merge is not over, stays', async () => {
  const { shard } = await merged({ dropsJournal: false });
  expect(found(shard)).toEqual([]);
  const { shard: crashed, guest } = await merged({ forgets: false });
  expect(crashed.store.alias(guest)).toBe(ANN);
  expect(found(crashed)).toEqual([]);
});

test('named users and visitors who were not merged are nobody of these', async () => {
  const { shard, guest } = await merged();
  await visit(shard, visitor('other'), 3);
  shard.clock.advanceMs(500 * DAY_MS);
  await visit(shard, ANN, 4);
  await shard.checkpoint();
  await dropJournal(shard);
  expect(found(shard)).toEqual([guest]);
});

test('[D4] once they are gone nothing names them, also after a crash; who comes in the session is new, and their merge counts', async () => {
  const { shard, guest } = await merged();
  await eraseUser(shard.built, guest);
  const again = await ShardHarness.recovered({
    store: await shard.store.afterCrash(shard.store.batches.length),
    clock: shard.clock,
  });
  expect(again.store.alias(guest)).toBeUndefined();
  expect([...again.store.sessions()].map(({ userId }) => userId)).not.toContain(guest);
  expect(found(again)).toEqual([]);
  expect(await visit(again, guest, 7)).toBe(0);
  await merge(again, guest);
  const { graph, users } = again.built;
  expect(graph.slabs.seenCount[users.load(ANN)]).toBe(3);
});

test('a bite finds a few, and all together are found', async () => {
  const shard = await ShardHarness.make();
  const guests = Array.from({ length: 2 * IDLE_BITE_MAX + 1 }, (_, i) => visitor(`guest-${i}`));
  for (const [i, guest] of guests.entries()) {
    await visit(shard, guest, i + 1);
    await merge(shard, guest);
  }
  shard.clock.advanceMs(500 * DAY_MS);
  await visit(shard, ANN, 50);
  await shard.checkpoint();
  await dropJournal(shard);
  const walk = new MergedVisitors(shard.built);
  expect(walk.step({ beforeMs: shard.clock.nowMs(), position: 0 })).toHaveLength(IDLE_BITE_MAX);
  expect(new Set(found(shard))).toEqual(new Set(guests));
});
