import { expect, test } from 'vitest';
import { normaliseQuery, titleTerms } from '../../../../model/catalogue/search/title-terms.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { anEvent, anEventCall, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';
import { RecordingStore } from '../../../support/store/recording-store.js';

const ANNA = openAs(1);
const SEARCHES = 40;
/** 255 units each, that become five times as many. */
const TYPED = Array.from({ length: SEARCHES }, (_, i) =>
  `${i} ${'\u3316\u3316\u3316\u3316\u3316 '.repeat(42)}`.slice(0, 255),
);
/** What versions before texts had a bound made of them, and stored. */
const LONG = TYPED.map((text) => titleTerms(text).join(' '));

const searchFor = (query: string, seq: number) => ({
  on: [],
  seq,
  kind: EVENT_KIND.search,
  query,
  hits: Int32Array.of(1, 2),
});

async function searched(queries: readonly string[]): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open({ user: 'anna', ...ANNA });
  for (const [i, query] of queries.entries())
    await shard.tick(anEventCall({ by: ANNA, ...searchFor(query, i + 1) }));
  return shard;
}

/** A store whose journal holds the searches and no state of theirs. */
async function journalOf(queries: readonly string[]): Promise<RecordingStore> {
  const store = new RecordingStore();
  const events = queries.map((query, i) => ({
    ...anEvent(searchFor(query, i + 1)),
    user: 'anna',
    session: 'anna',
    hits: [1, 2],
    eventId: '',
  }));
  await store.commit({ journal: { count: events.length, bytes: encodeRecord(events) } });
  return store;
}

test('a user of nothing but the longest searches is stored and comes back', async () => {
  expect(Math.max(...LONG.map((text) => Buffer.byteLength(text)))).toBeGreaterThan(3_500);
  const shard = await searched(LONG);
  await shard.checkpoint();
  expect(shard.failures).toEqual([]);
  const again = await ShardHarness.recovered({ store: shard.store });
  expect(again.stateOf('anna')).toBe(shard.stateOf('anna'));
});

test('[D4] a journal that holds longer searches than are kept now starts, and makes the same of them', async () => {
  const replayed = await ShardHarness.recovered({ store: await journalOf(LONG) });
  await replayed.checkpoint();
  expect(replayed.failures).toEqual([]);
  const { graph, users } = replayed.built;
  const row = users.load('anna');
  const terms = Array.from({ length: graph.slabs.nodeCount[row] }, (_, node) => graph.term(row, node));
  const kept = new Set(LONG.map(normaliseQuery));
  expect(terms.filter((text) => text !== '').every((text) => kept.has(text))).toBe(true);
  const now = await ShardHarness.recovered({ store: await journalOf(LONG.map(normaliseQuery)) });
  expect(replayed.stateOf('anna')).toBe(now.stateOf('anna'));
});
