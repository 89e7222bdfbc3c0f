import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecording } from '../../../../loadtest/replay/recorded-tables.js';
import { Baselines } from '../../../../loadtest/replay/replay-baselines.js';
import { ItemCounts, PopularityOrder } from '../../../../loadtest/replay/popular-items.js';
import type { RecordedEvent } from '../../../../loadtest/replay/recorded.js';
import { replayReport } from '../../../../loadtest/replay/replay-report.js';
import { runReplay, type ReplayPlan } from '../../../../loadtest/replay/replay-run.js';
import { realClock } from '../../../../metrics/process/clock.js';
import { PLAIN_RULES } from '../../../../model/tables/reading-options.js';
import { FakeGateway, type FakeGatewayOptions } from '../../../support/gateway/fake-gateway.js';

const NO_PROGRESS = () => ({ update: () => {}, stop: () => {} });

describe('popularity', () => {
  const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 80 });
  const countIn = (list: readonly string[], item: string): number =>
    list.filter((one) => one === item).length;

  it('keeps all items in order of their counts', () => {
    fc.assert(
      fc.property(items, (list) => {
        const order = new PopularityOrder();
        for (const item of list) order.add(item);
        const ranked = Array.from({ length: order.size }, (_, rank) => order.at(rank));
        expect(ranked.toSorted()).toEqual([...new Set(list)].toSorted());
        const counts = ranked.map((item) => countIn(list, item));
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      }),
    );
  });

  it('ranks items of a session by count, the latest first among equals', () => {
    fc.assert(
      fc.property(items, (list) => {
        const counts = new ItemCounts();
        for (const item of list) counts.add(item);
        const naive = [...new Set(list)].toSorted(
          (a, b) => countIn(list, b) - countIn(list, a) || list.lastIndexOf(b) - list.lastIndexOf(a),
        );
        expect(naive.map((item) => counts.rank(item))).toEqual(naive.map((_, rank) => rank));
      }),
    );
  });
});

describe('baselines', () => {
  it('differ in what they know: the session, the user, everybody, what stands next to what', () => {
    const baselines = new Baselines(1);
    const click = (user: string, session: string, item: string): RecordedEvent => ({
      user,
      session,
      item,
      e: 'purchase',
      tsMs: 0,
    });
    const hits = (...of: Parameters<typeof click>): string[] =>
      Object.entries(baselines.hits(click(...of)))
        .filter(([, hit]) => hit)
        .map(([name]) => name);
    for (const event of [click('u1', 's1', 'x'), click('u1', 's1', 'y'), click('u2', 's2', 'x')])
      baselines.observe(event);
    // Counts: x 2, y 1. u1's latest is y; s2's only and last is x, which y stood next to; s3 is new.
    expect(hits('u2', 's2', 'y')).toEqual(['item to item']);
    expect(hits('u2', 's2', 'x')).toEqual(['session + global', 'user + global', 'global']);
    expect(hits('u1', 's3', 'y')).toEqual(['user + global']);
    expect(hits('u1', 's3', 'x')).toEqual(['session + global', 'global', 'item to item']);
    expect(hits('u1', 's1', 'x')).toEqual(['global', 'item to item']);
  });
});

describe('recorded tables', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'afterclick-replay-'))));
  afterEach(() => rm(folder, { recursive: true }));

  async function file(name: string, ...lines: readonly string[][]): Promise<string> {
    const path = join(folder, name);
    const text = lines.map((cells) => `${cells.join('\t')}\n`).join('');
    await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  }

  it('of online-retail: gzip, time order, returns as refunds, titles and categories as training makes them', async () => {
    const events = await file(
      'events.tsv.gz',
      ['customer', 'invoice', 'item', 'event_type', 'timestamp', 'quantity', 'unit_price'],
      ['u2', 'C9', 'x', 'return', '2000', '-3', '2.5'],
      ['u1', '8', 'y', 'purchase', '1000', '6', '2.55'],
    );
    const items = await file(
      'items.tsv',
      ['item', 'title', 'median_price_gbp', 'purchase_lines', 'first_sold'],
      ['x', 'RED MUG', '0.85', '71', '1291'],
      ['y', '', '', '1', '1292'],
    );
    const recording = await readRecording({ events, items }, PLAIN_RULES);
    expect(recording.events).toEqual([
      { user: 'u1', session: '8', item: 'y', e: 'purchase', tsMs: 1_000, quantity: 6, value: 15.3 },
      { user: 'u2', session: 'C9', item: 'x', e: 'refund', tsMs: 2_000, quantity: 3, value: 7.5 },
    ]);
    expect(recording.items).toEqual([
      {
        id: 'x',
        title: 'Red Mug',
        price: 0.85,
        category: 'cups and saucers',
        attributes: { colour: ['red'] },
        createdMs: 1_291,
      },
      { id: 'y', title: 'Gift y', category: 'other gifts', createdMs: 1_292 },
    ]);
  });

  it('of rees46-mini: the session groups, the user acts', async () => {
    const events = await file(
      'events.tsv',
      ['session_or_user', 'item', 'event_type', 'timestamp', 'user', 'price'],
      ['s-1', '44', 'view', '1000', '7', '35.79'],
      ['s-1', '44', 'cart', '1001', '7', '35.79'],
    );
    expect((await readRecording({ events }, PLAIN_RULES)).events).toEqual([
      { user: '7', session: 's-1', item: '44', e: 'view_item', tsMs: 1_000 },
      { user: '7', session: 's-1', item: '44', e: 'add_to_cart', tsMs: 1_001 },
    ]);
  });

  it('of diginetica: a session is a user, in file order, whatever the split', async () => {
    const events = await file(
      'events.tsv',
      ['session', 'item', 'event_type', 'order', 'split'],
      ['r2', '9', 'click', '0', 'test'],
      ['r1', '9', 'click', '0', 'train'],
    );
    const read = await readRecording({ events }, PLAIN_RULES);
    expect(read.events).toEqual([
      { user: 'r2', session: 'r2', item: '9', e: 'select_item', tsMs: Number.NaN },
      { user: 'r1', session: 'r1', item: '9', e: 'select_item', tsMs: Number.NaN },
    ]);
  });
});

describe('replay', () => {
  let gateway: FakeGateway;
  afterEach(() => gateway.close());

  const items = ['a', 'b', 'c', 'd'].map((id) => ({ id, title: id.toUpperCase() }));
  const NEXT: Readonly<Record<string, readonly string[]>> = {
    a: ['b', 'c'],
    b: ['c', 'a'],
    c: ['a', 'b'],
    d: ['d', 'c'],
  };
  const at = (
    tsMs: number,
    user: string,
    session: string,
    item: string,
    e: RecordedEvent['e'] = 'purchase',
  ): RecordedEvent => ({ user, session, item, e, tsMs });

  async function replay(
    options: FakeGatewayOptions,
    events: readonly RecordedEvent[],
    settings: Partial<ReplayPlan> = {},
  ): ReturnType<typeof runReplay> {
    gateway = await FakeGateway.start({ listFor: (clicked) => NEXT[clicked.at(-1) ?? 'd'], ...options });
    const all: ReplayPlan = {
      url: gateway.url,
      speed: 'max',
      users: 10,
      window: 1,
      k: 2,
      prefix: 'p-',
      ...settings,
    };
    return runReplay(all, { items, events }, realClock, NO_PROGRESS);
  }

  // The list after each click is NEXT of it; baselines as after the arrows: of the session, of the user, of all, two items each.
  const SHOP = [
    at(1, 'u1', '1', 'a'), // their first: not counted
    at(2, 'u1', '1', 'b'), // pushed b c: hit → a; a; a: no
    at(3, 'u2', '2', 'b'), // their first: not counted
    at(4, 'u1', '1', 'a'), // pushed c a: hit → b a; b a; b a: all hit
    at(5, 'u1', '3', 'c'), // pushed b c: hit, another session → a b (in any order): no
    at(6, 'u1', '3', 'c', 'refund'), // sent, neither judged nor counted as popular
    at(7, 'u1', '3', 'd'), // pushed a b: miss → c + a or b; a b; a b: no
  ];

  it('computes hit rates as by hand', async () => {
    const result = await replay({}, SHOP);
    expect(result.hitRates).toEqual([
      {
        scope: 'all clicks',
        clicks: 4,
        rates: {
          'pushed list': 3 / 4,
          'session + global': 1 / 4,
          'user + global': 1 / 4,
          global: 1 / 4,
          'item to item': 1 / 4,
        },
      },
      {
        scope: 'same session as the click before',
        clicks: 3,
        rates: {
          'pushed list': 2 / 3,
          'session + global': 1 / 3,
          'user + global': 1 / 3,
          global: 1 / 3,
          'item to item': 1 / 3,
        },
      },
    ]);
    expect(result).toMatchObject({
      events: 7,
      missingLists: 0,
      refused: {},
      reconnects: {},
      trainingCutMs: null,
    });
    expect(result.clickToList.count).toBe(7);
    expect(result.clickToAck.count).toBe(7);
  });

  it('uploads the items and sends every event once, in order, without ts, under the prefix', async () => {
    await replay({}, SHOP);
    expect(gateway.uploaded).toEqual(items);
    expect(gateway.applied.map(({ user, e, item }) => [user, e, item])).toEqual(
      SHOP.map(({ user, e, item }) => [`p-${user}`, e, item]),
    );
    for (const event of gateway.applied) expect(event).not.toHaveProperty('ts');
  });

  it("counts clicks after the end of the model's training apart", async () => {
    const result = await replay({ model: { model: 'demo@1', bundle: { training: { until: 4 } } } }, SHOP);
    expect(result.trainingCutMs).toBe(4);
    expect(result.hitRates.slice(2)).toEqual([
      {
        scope: 'after the model was trained',
        clicks: 2,
        rates: {
          'pushed list': 1 / 2,
          'session + global': 0,
          'user + global': 0,
          global: 0,
          'item to item': 0,
        },
      },
      {
        scope: 'after the model was trained, same session',
        clicks: 1,
        rates: { 'pushed list': 0, 'session + global': 0, 'user + global': 0, global: 0, 'item to item': 0 },
      },
    ]);
  });

  it('reads the end of training from a manifest by itself too, and takes null for not known', async () => {
    expect((await replay({ model: { training: { until: 4 } } }, SHOP)).trainingCutMs).toBe(4);
    await gateway.close();
    expect(
      (await replay({ model: { bundle: { training: { until: null } } } }, SHOP)).trainingCutMs,
    ).toBeNull();
  });

  it('shows earlier events to the baselines alone with --since', async () => {
    const result = await replay({}, SHOP, { since: new Date(3) });
    expect(gateway.applied).toHaveLength(5);
    // u1's click at 4 is now their first of the run; those at 5 and 7 count, the baselines know what was before.
    expect(result.hitRates[0]).toEqual({
      scope: 'all clicks',
      clicks: 2,
      rates: {
        'pushed list': 1 / 2,
        'session + global': 0,
        'user + global': 0,
        global: 0,
        'item to item': 0,
      },
    });
  });

  it('prints a list before and after a click, latencies and the comparison', async () => {
    const result = await replay({ metrics: () => 'process_resident_memory_bytes 104857600\n' }, SHOP);
    const text = replayReport(result, (item) => item.toUpperCase());
    expect(result.sample).toEqual({ event: SHOP[3], before: ['c', 'a'], after: ['b', 'c'] });
    expect(text).toContain('user u1: purchase A');
    expect(text).toMatch(/C +\+ B\nA + C/);
    expect(text).toContain('resident memory of the gateway 100 MiB');
    expect(text).toMatch(/all clicks +4 +75\.0 % +25\.0 % +25\.0 % +25\.0 % +25\.0 % +3\.00 +3\.00/);
  });

  it('keeps at most --users sockets, and a user comes back as the same user', async () => {
    const events = Array.from({ length: 60 }, (_, i) => at(i, `u${(i * 7) % 6}`, 's', 'abcd'[i % 4]));
    const result = await replay({}, events, { users: 2, window: 8 });
    expect(gateway.openMax).toBeLessThanOrEqual(2);
    expect(result.missingLists).toBe(0);
    expect(gateway.applied).toHaveLength(60);
    for (const user of ['u0', 'u3']) {
      const sent = gateway.applied.filter((event) => event.user === `p-${user}`).map((event) => event.item);
      expect(sent).toEqual(events.filter((event) => event.user === user).map((event) => event.item));
    }
  });

  it('[D2] resumes broken connections: every event is applied once and gets its list', async () => {
    const events = Array.from({ length: 40 }, (_, i) => at(i, `u${i % 3}`, 's', 'abcd'[i % 4]));
    let count = 0;
    const result = await replay(
      { refuse: () => void (++count % 15 === 0 && gateway.breakConnections()) },
      events,
      { window: 8 },
    );
    expect(result.missingLists).toBe(0);
    expect(Object.keys(result.reconnects)).toEqual(['1006']);
    expect(gateway.applied).toHaveLength(40);
    expect(result.clickToAck.count).toBe(40);
  });

  it('tries again what was refused for overload and counts what was refused for good', async () => {
    let count = 0;
    const refuse = (event: { readonly item?: string }): 'overloaded' | 'unknown_item' | undefined => {
      if (event.item === 'd') return 'unknown_item';
      return ++count === 2 ? 'overloaded' : undefined;
    };
    const result = await replay({ refuse }, SHOP);
    expect(result.refused).toEqual({ unknown_item: 1 });
    expect(result.missingLists).toBe(0);
    expect(gateway.applied).toHaveLength(6);
  });

  it('plays at a multiple of the recorded speed', async () => {
    const startMs = performance.now();
    const result = await replay(
      {},
      [at(0, 'u1', 's', 'a'), at(6_000, 'u2', 's', 'b'), at(12_000, 'u1', 's', 'c')],
      { speed: 60 },
    );
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(200);
    expect(result.missingLists).toBe(0);
  });

  it('refuses a recorded speed for events without times', async () => {
    await expect(replay({}, [at(Number.NaN, 'u', 's', 'a')], { speed: 1 })).rejects.toThrow('--speed max');
  });
});
