import { afterEach, expect, test, vi } from 'vitest';
import { Access } from '../../../../gateway/access/access.js';
import { OPEN_GRANT } from '../../../../gateway/access/grant.js';
import { EventIntake } from '../../../../gateway/calls/event-intake.js';
import { EVENTS_HINTED_MAX, EVENTS_REFUSED_MAX } from '../../../../gateway/http/event-results.js';
import { ENTRIES_MAX } from '../../../../gateway/protocol/limits.js';
import { HttpEvents } from '../../../../gateway/http/http-events.js';
import { UNDIVIDED, type Bites } from '../../../../metrics/process/bites.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { MergedError, type ShardPool } from '../../../../shards/pool/shard-pool.js';
import type { HttpReply } from '../../../../gateway/server/http-call.js';

afterEach(() => {
  vi.useRealTimers();
});

const GONE = '7';
const ITEMS = { indexOf: (id: string) => (id === GONE ? -1 : Number(id)), everIndexOf: Number };
const noneKnown: ShardPool['knownEvents'] = (_user, ids) => Promise.resolve(ids.map(() => false));

function post(
  eventsFor: ShardPool['eventsFor'],
  events: readonly object[] | string,
  knownEvents = noneKnown,
  bites: Pick<Bites, 'isOver' | 'rest'> = UNDIVIDED,
) {
  const lookup = { normaliseQuery: String, search: () => new Int32Array(0) };
  const intake = new EventIntake(new FakeClock(), ITEMS, lookup, { note: () => undefined });
  const pool = { eventsFor, knownEvents } as unknown as ShardPool;
  const http = new HttpEvents(pool, intake, {
    clock: new FakeClock(),
    access: Access.open(),
    bites,
    log: createLog({ level: 'silent' }),
    stats: ThreadStats.create(),
  });
  return http.post({
    method: 'POST',
    path: '/v1/events',
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: new TextEncoder().encode(typeof events === 'string' ? events : JSON.stringify(events)),
    traceparent: '',
    authorization: '',
    origin: '',
    grant: OPEN_GRANT,
    certificate: '',
    startUs: 0,
  });
}

const view = (id: string) => ({ user: 'ann', id, e: 'view_item', item: '1' });

test('[D2] a shard that does not answer is a 503 after 20 s, and the events may be sent again', async () => {
  vi.useFakeTimers();
  const asked = post(() => new Promise(() => undefined), [view('a')]);
  await vi.advanceTimersByTimeAsync(20_001);
  const reply = await asked;
  expect([reply.status, reply.headers?.['retry-after']]).toEqual([503, '1']);
  expect(JSON.parse(String(reply.body)).results).toEqual([
    { index: 0, id: 'a', status: 'error', error: { code: 'shard_restarting', message: expect.any(String) } },
  ]);
});

test('[B2] events for which there was no room any more are refused one by one', async () => {
  const reply = await post(() => Promise.resolve(['applied', 'overloaded']), [view('a'), view('b')]);
  const { results } = JSON.parse(String(reply.body)) as {
    results: { status: string; error?: { code: string } }[];
  };
  expect([reply.status, results[0].status, results[1].error?.code]).toEqual([200, 'applied', 'overloaded']);
});

const knows =
  (...used: string[]): ShardPool['knownEvents'] =>
  (_user, ids) =>
    Promise.resolve(ids.map((id) => used.includes(id)));

async function resultsOf(reply: Promise<HttpReply> | HttpReply) {
  const { results } = JSON.parse(String((await reply).body)) as {
    results: { status: string; error?: { code: string } }[];
  };
  return results.map(({ status, error }) => error?.code ?? status);
}

test('a purchase counts without the items that are not in the catalogue, and the answer names them', async () => {
  const { item: _, ...purchase } = {
    ...view('a'),
    e: 'purchase',
    items: [{ item_id: 'item-1', price: '2' }, GONE],
  };
  const reply = await post(() => Promise.resolve(['applied']), [purchase], knows());
  expect(JSON.parse(String(reply.body))).toEqual({
    results: [{ index: 0, id: 'a', status: 'applied', unknown: [GONE] }],
  });
});

test('[D2] an event that was applied is a duplicate, whatever has become of its item, and however old it is by now', async () => {
  const events = [
    view('a'),
    { ...view('b'), item: GONE },
    { ...view('c'), item: GONE },
    { ...view('d'), ts: 1 },
  ];
  const asked = post(() => Promise.resolve(['applied']), events, knows('b', 'd'));
  expect(await resultsOf(asked)).toEqual(['applied', 'duplicate', 'unknown_item', 'duplicate']);
});

test('[D2] an event that was applied to a visitor is a duplicate when they were merged meanwhile', async () => {
  const merged = () => Promise.reject(new MergedError('merged'));
  const events = ['a', 'b'].map((id) => ({ ...view(id), user: undefined, session: 's' }));
  expect(await resultsOf(post(merged, events, knows('a')))).toEqual(['duplicate', 'session_merged']);
});

test('[B2] of a request with too many wrong events nothing is taken, and the answer is short', async () => {
  const taken: unknown[] = [];
  const eventsFor: ShardPool['eventsFor'] = (_user, events) => {
    taken.push(...events);
    return Promise.resolve(events.map(() => 'applied'));
  };
  const wrong = Array.from({ length: EVENTS_REFUSED_MAX }, () => ({}));
  expect((await post(eventsFor, [view('a'), ...wrong])).status).toBe(200);
  expect(taken).toHaveLength(1);
  const reply = await post(eventsFor, [view('b'), ...wrong, {}]);
  expect(JSON.parse(String(reply.body))).toMatchObject({ code: 'too_many', results: [{ index: 1 }] });
  expect([taken.length, reply.status, String(reply.body).length < 1_000]).toEqual([1, 400, true]);
});

test('one event, over as many lines as it likes, is taken; one that is none, or nothing, is a problem of the body', async () => {
  const applied: ShardPool['eventsFor'] = (_user, events) => Promise.resolve(events.map(() => 'applied'));
  for (const body of [JSON.stringify(view('a')), JSON.stringify(view('a'), undefined, 2)])
    expect(await resultsOf(post(applied, body))).toEqual(['applied']);
  for (const body of ['', ' \n', '{', '5', '[1', '['.repeat(10_000)]) {
    const reply = await post(applied, body);
    expect([reply.status, JSON.parse(String(reply.body)).code]).toEqual([400, 'malformed']);
  }
});

test('an event with more maps, lists and keys than a message may have is refused by itself', async () => {
  const keys = Object.fromEntries(Array.from({ length: ENTRIES_MAX }, (_, i) => [`k${i}`, 1]));
  const applied: ShardPool['eventsFor'] = (_user, events) => Promise.resolve(events.map(() => 'applied'));
  const asked = post(applied, [{ ...view('a'), ...keys }, view('b')]);
  expect(await resultsOf(asked)).toEqual(['malformed', 'applied']);
});

test('a long request rests between its events, and between their users', async () => {
  const users = 40;
  const events = Array.from({ length: users }, (_, i) => ({ ...view(`${i}`), user: `user-${i}` }));
  let rests = 0;
  const begun: number[] = [];
  const applied: ShardPool['eventsFor'] = (_user, of) => {
    begun.push(rests);
    return Promise.resolve(of.map(() => 'applied'));
  };
  const always = { isOver: true, rest: () => Promise.resolve(void rests++) };
  await post(applied, events, noneKnown, always);
  // Whether it is a list is looked at first; then each event is read after a rest.
  expect(begun[0]).toBeGreaterThanOrEqual(2 * users);
  expect(begun.map((at) => at - begun[0])).toEqual(events.map((_, i) => i));
});

test('[C2] misspelt fields are told of in the first events of a request, taken or refused', async () => {
  const misspelt = (id: string) => ({ ...view(id), qauntity: 2 });
  const events = Array.from({ length: EVENTS_HINTED_MAX + 1 }, (_, i) => misspelt(`${i}`));
  const refused = { ...misspelt('0'), e: 'nothing' };
  const reply = await post(
    (_user, sent) => Promise.resolve(sent.map(() => 'applied')),
    [refused, ...events.slice(1)],
  );
  const { results } = JSON.parse(String(reply.body)) as { results: { status: string; hint?: string }[] };
  expect(results.map(({ status }) => status)).toEqual(['error', ...events.slice(1).map(() => 'applied')]);
  const hinted = results.filter(({ hint }) => hint?.includes('did you mean quantity?'));
  expect(hinted).toEqual(results.slice(0, EVENTS_HINTED_MAX));
});
