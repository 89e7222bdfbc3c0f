import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import { named, visitor } from '../../shards/store/user-key.js';
import { tinyModel } from '../support/model/tiny-models.js';
import { anEvent } from '../support/shards/shard-calls.js';
import { ITEMS, sharedCatalogue } from '../support/shards/shard-harness.js';
import { DurableShards } from '../support/shards/durable-shards.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const ITEM_MAX = 64;
const NARROW = tinyModel({ name: 'narrow', tag: 11, width: 4 });
const WIDE = tinyModel({ name: 'wide', tag: 12, width: 8 });
const USERS = 3;
/** Sessions of each user, and visitors, one session each. */
const SESSIONS = 2;
const VISITORS = 5;
const MINUTE_MS = 60_000;

const event = fc.record({
  do: fc.constant('event' as const),
  who: fc.nat(USERS * SESSIONS + VISITORS - 1),
  kind: fc.constantFrom(
    EVENT_KIND.view_item,
    EVENT_KIND.view_item,
    EVENT_KIND.add_to_cart,
    EVENT_KIND.purchase,
    EVENT_KIND.remove_from_cart,
    EVENT_KIND.dismiss_item,
    EVENT_KIND.rate_item,
    EVENT_KIND.review,
    EVENT_KIND.search,
  ),
  items: fc.array(fc.nat(ITEMS - 1), { minLength: 1, maxLength: 3 }),
  value: fc.constantFrom(0, 1, 3, 5, -1, -0.4),
  query: fc.constantFrom('lamp', 'Käthe', '', '\u{1f600}', 'x'.repeat(400)),
  campaign: fc.constantFrom(undefined, undefined, 'spring', 'autumn'),
  /** A pause before it; some are long enough to begin another session, one lies in the past. */
  afterMs: fc.constantFrom(0, 1, 900, 20 * MINUTE_MS, 45 * MINUTE_MS, 9 * 86_400_000, -5 * MINUTE_MS),
  /** True: carried out with those that follow. */
  waits: fc.boolean(),
});
const merge = fc.record({
  do: fc.constant('merge' as const),
  visitor: fc.nat(VISITORS - 1),
  into: fc.nat(USERS - 1),
  steps: fc.constantFrom(1, 2, 3, 3, 3),
});
const command = fc.oneof(
  { weight: 40, arbitrary: event },
  { weight: 4, arbitrary: merge },
  { weight: 3, arbitrary: fc.constant({ do: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'swap' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reshard' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'check' as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Carries commands out on the shards, and knows how far each session is and whose. */
class Shoppers {
  readonly #shards: DurableShards;
  readonly #seqs = new Map<string, number>();
  readonly #owners = new Map<string, string>();
  #tsMs = 1_760_000_000_000;
  readonly #models: readonly PostedModel[];
  #model = 0;

  constructor(shards: DurableShards, models: readonly PostedModel[]) {
    this.#shards = shards;
    this.#models = models;
  }

  async run(now: Command): Promise<void> {
    const shards = this.#shards;
    if (now.do !== 'event') shards.tick();
    switch (now.do) {
      case 'event':
        this.#send(now);
        return;
      case 'merge': {
        const session = `v-${now.visitor}`;
        if (!this.#seqs.has(session) || this.#owners.has(session)) return;
        this.#owners.set(session, named(`user-${now.into}`));
        await shards.merge(visitor(session), named(`user-${now.into}`), now.steps);
        return;
      }
      case 'sweep':
        shards.sweep();
        return;
      case 'restart':
        await shards.restart();
        return;
      case 'swap':
        this.#model = 1 - this.#model;
        await shards.swap(this.#models[this.#model]);
        return;
      case 'reshard':
        await shards.reshard(3 - shards.count);
        return;
      case 'check':
        await expectSame(shards);
    }
  }

  #send({
    who,
    kind,
    items,
    value,
    query,
    campaign,
    afterMs,
    waits,
  }: Extract<Command, { do: 'event' }>): void {
    const isUser = who < USERS * SESSIONS;
    const session = isUser ? `s-${who}` : `v-${who - USERS * SESSIONS}`;
    const user = isUser
      ? named(`user-${Math.floor(who / SESSIONS)}`)
      : (this.#owners.get(session) ?? visitor(session));
    const seq = (this.#seqs.get(session) ?? 0) + 1;
    this.#seqs.set(session, seq);
    this.#tsMs += afterMs;
    const isSearch = kind === EVENT_KIND.search;
    const what = { kind, value, tsMs: this.#tsMs, on: isSearch ? [] : items };
    const search = isSearch && { query, hits: Int32Array.from(items) };
    const said = campaign !== undefined && { campaign };
    this.#shards.event(user, session, anEvent({ ...what, ...search, ...said, seq }));
    if (!waits) this.#shards.tick();
  }
}

async function expectSame(shards: DurableShards): Promise<number> {
  const reports = await shards.check();
  for (const { differences, unreadable } of reports) expect([differences, unreadable]).toEqual([[], 0]);
  for (const [shard, { users }] of reports.entries())
    for (const row of shards.store(shard).users()) {
      expect(users, `${row.userId} was compared`).toBeGreaterThan(0);
      break;
    }
  return reports.reduce((sum, { unchecked }) => sum + unchecked, 0);
}

test('[D1][D2] the rows of every user are what a replay of the journals makes of them, through merges, crashes, swaps and moves', async () => {
  const catalogue = (await sharedCatalogue()).shared;
  const folder = temporaryFolder();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 10, maxLength: 120 }),
      fc.integer({ min: 1, max: 2 }),
      async (commands, count) => {
        const own = `${folder}/${runs++}`;
        // Of each run's own: threads that end give their room in shared vectors back, and this one goes on.
        const models = [NARROW(ITEM_MAX), WIDE(ITEM_MAX)];
        const shards = new DurableShards(own, catalogue, models[0], 4);
        try {
          await shards.start(count);
          const shoppers = new Shoppers(shards, models);
          for (const now of commands) await shoppers.run(now);
          shards.tick();
          expect(await expectSame(shards)).toBe(0);
          shards.sweep();
          expect(await expectSame(shards)).toBe(0);
          await shards.restart();
          expect(await expectSame(shards)).toBe(0);
          await shoppers.run({ do: 'swap' });
          expect(await expectSame(shards)).toBe(0);
        } finally {
          await shards.close();
          rmSync(own, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 16 },
  );
}, 120_000);
