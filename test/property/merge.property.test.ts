import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NODE } from '../../shards/graph/interest/interest-slabs.js';
import { named, visitor } from '../../shards/store/user-key.js';
import { anEventCall, anOpening, openAs } from '../support/shards/shard-calls.js';
import { ShardHarness } from '../support/shards/shard-harness.js';

const SESSION = 'S';
const VISITOR = visitor(SESSION);
const USER = named('ann');
const TS_MS = 1_760_000_000_000;
const [OF_VISITOR, OF_USER] = [openAs(1), openAs(2)];

/**
 * The shards of a visitor and of a user, which may be one. What has been done is durable; a crash takes away the end of what
 * was done last.
 */
class TwoShards {
  #shards: readonly ShardHarness[];
  readonly #visitorAt = 0;
  readonly #userAt: number;
  /** Commits of each shard that the last step began with. */
  #before: number[] = [];
  /** Events that were acknowledged. */
  readonly acked: { readonly item: number; readonly isVisitor: boolean }[] = [];
  #visitorSeq = 0;
  #userSeq = 0;
  #nextItem = 0;
  #call = 100;

  private constructor(shards: readonly ShardHarness[]) {
    this.#shards = shards;
    this.#userAt = shards.length - 1;
  }

  static async make(shards: number): Promise<TwoShards> {
    const made: ShardHarness[] = [];
    for (let i = 0; i < shards; i++) made.push(await ShardHarness.make());
    const two = new TwoShards(made);
    await two.open();
    return two;
  }

  get #visitors(): ShardHarness {
    return this.#shards[this.#visitorAt];
  }

  get #users(): ShardHarness {
    return this.#shards[this.#userAt];
  }

  /** Opens both. The user's session has the visitor's name once they are merged, as a client's has. */
  async open(): Promise<void> {
    this.#visitorSeq = await this.#openOne(this.#visitors, VISITOR, OF_VISITOR.channel, SESSION);
    this.#userSeq = await this.#openOne(this.#users, USER, OF_USER.channel, 'own');
  }

  /** The visitor's clicks until they are given away, as the pool sees to it; the user's any time. */
  async click(isVisitor: boolean): Promise<void> {
    this.#begin();
    if (isVisitor && this.#visitorSeq < 0) return;
    const item = this.#nextItem++ % 24;
    const shard = isVisitor ? this.#visitors : this.#users;
    const by = isVisitor ? OF_VISITOR : OF_USER;
    const seq = isVisitor ? ++this.#visitorSeq : ++this.#userSeq;
    await shard.tick(anEventCall({ by, seq, on: [item], tsMs: TS_MS }));
    this.acked.push({ item, isVisitor });
  }

  /** So many of the three steps of a merge, as the pool takes them. Done again from the first, they go on. */
  async merge(steps: number): Promise<void> {
    this.#begin();
    this.#visitorSeq = -1;
    const given = this.#visitors.built.shard.give(VISITOR, USER);
    await this.#visitors.settle();
    if (given.into === undefined) {
      this.#visitorSeq = await this.#openOne(this.#visitors, VISITOR, OF_VISITOR.channel, SESSION);
      return;
    }
    if (steps < 2) return;
    this.#begin();
    this.#users.built.shard.merge(VISITOR, USER, given);
    await this.#users.tick();
    if (steps < 3) return;
    this.#begin();
    this.#visitors.built.shard.forget(VISITOR, USER);
    await this.#visitors.settle();
  }

  async checkpoint(): Promise<void> {
    this.#begin();
    for (const shard of new Set(this.#shards)) await shard.checkpoint();
  }

  /** The process dies; so many commits of the last step were not durable yet. The next start ends what was begun. */
  async crash(lost: number): Promise<void> {
    const shards: ShardHarness[] = [];
    for (const [i, { store }] of this.#shards.entries()) {
      const count = store.batches.length;
      const kept = Math.max(this.#before[i] ?? count, count - lost);
      shards.push(await ShardHarness.recovered({ store: await store.afterCrash(kept) }));
    }
    this.#shards = shards;
    for (const { visitor: from } of this.#visitors.built.shard.unfinished()) expect(from).toBe(VISITOR);
    if (this.#visitors.built.shard.unfinished().length > 0) await this.merge(3);
    const before = { user: this.#userSeq, visitor: this.#visitorSeq };
    await this.open();
    // The click of the last step was not durable after all.
    if (this.#userSeq < before.user || (this.#visitorSeq >= 0 && this.#visitorSeq < before.visitor)) {
      this.acked.pop();
      this.#nextItem--;
    }
    this.#begin();
  }

  /** How often each item counts in the user's graph. */
  counts(): Map<number, number> {
    const { graph, users } = this.#users.built;
    const row = users.load(USER);
    const counts = new Map<number, number>();
    for (let item = 0; item < 24; item++) {
      const node = graph.find(row, NODE.item, item);
      if (node >= 0) counts.set(item, Math.round(graph.weight(row, node, TS_MS)));
    }
    return counts;
  }

  /** Where the visitor's session stands as one of the user's. */
  async seqOfMerged(): Promise<number> {
    return this.#openOne(this.#users, USER, 50, SESSION);
  }

  /** −1: merged. */
  async #openOne(shard: ShardHarness, user: string, number: number, sessionId: string): Promise<number> {
    const call = this.#call++;
    await shard.tick(anOpening({ user, sessionId, ...openAs(number), call }));
    const opened = shard.said.find((said) => said.op === 'opened' && said.call === call);
    if (opened?.op !== 'opened') throw new Error(`${user} was not answered`);
    return opened.isMerged ? -1 : opened.seq;
  }

  #begin(): void {
    this.#before = this.#shards.map(({ store }) => store.batches.length);
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('click' as const), isVisitor: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('merge' as const), steps: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('checkpoint' as const) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('crash' as const), lost: fc.nat(3) }) },
);

test.each([1, 2])(
  '[D1][D2] on %i shards, whatever is merged and crashes in whatever order, each acknowledged event counts once',
  async (shards) => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 16 }), async (steps) => {
      const two = await TwoShards.make(shards);
      for (const each of steps) {
        if (each.op === 'click') await two.click(each.isVisitor);
        else if (each.op === 'merge') await two.merge(each.steps);
        else if (each.op === 'checkpoint') await two.checkpoint();
        else await two.crash(each.lost);
      }
      await two.merge(3);
      await two.crash(0);
      const expected = new Map<number, number>();
      for (const { item } of two.acked) expected.set(item, (expected.get(item) ?? 0) + 1);
      expect(two.counts()).toEqual(expected);
      expect(await two.seqOfMerged()).toBe(two.acked.filter(({ isVisitor }) => isVisitor).length);
    });
    await fc.assert(property, { numRuns: 60 });
  },
);
