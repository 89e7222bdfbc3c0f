import { expect, test } from 'vitest';
import { COUNTER } from '../../../../metrics/table.js';
import type { StepRows } from '../../../../model/scorer/step-rows.js';
import { itemVectors } from '../../../../model/kernel/shared-vectors.js';
import { named } from '../../../../shards/store/user-key.js';
import { aClick, aSubscription, anEvent, openAs } from '../../../support/shards/shard-calls.js';
import { sampleVectors, ShardHarness } from '../../../support/shards/shard-harness.js';
import { TinyScorer } from '../../../support/model/tiny-scorer.js';

const NO_ITEM = 1_000_000;
const POISON = 13;
const POISON_VECTOR = itemVectors(sampleVectors()).slice(POISON * 8, POISON * 8 + 8);

/** Throws, or gives a number that is none, when somebody has clicked the poisonous item. */
class PoisonedScorer extends TinyScorer {
  readonly #isNaN: boolean;

  constructor(isNaN: boolean) {
    super();
    this.#isNaN = isNaN;
  }

  override step(rows: StepRows): void {
    super.step(rows);
    for (let user = 0; user < rows.users; user++) {
      const at = rows.node(user, 0);
      if (!POISON_VECTOR.every((value, d) => rows.rows[at + d] === value)) continue;
      if (!this.#isNaN) throw new Error('poison');
      rows.results[rows.newState(user)] = Number.NaN;
    }
  }
}

const clicks = (shard: ShardHarness, channel: number) => (seq: number, item: number) =>
  shard.tick(aClick({ by: openAs(channel), seq, on: [item] }));

test('[D3] an event that throws is refused and set aside; its seq is unused, its user as if it had never come, and everybody else is served', async () => {
  const [shard, sound] = [await ShardHarness.make(), await ShardHarness.make()];
  for (const each of [shard, sound]) {
    await each.open({ user: named('ann'), channel: 1, session: 1 });
    await each.open({ user: named('bob'), channel: 2, session: 2 });
    await clicks(each, 1)(1, 5);
    await clicks(each, 2)(1, 7);
  }
  const poison = anEvent({ seq: 2, on: [6, NO_ITEM] });
  shard.take({ op: 'event', channel: 1, session: 1, event: poison, call: 0 });
  await shard.tick(aClick({ by: openAs(2), seq: 2, on: [8] }));
  await clicks(sound, 2)(2, 8);
  expect(shard.said).toContainEqual({ op: 'refused', session: 1, seq: 2, expected: 0 });
  for (const each of [shard, sound]) await clicks(each, 1)(2, 9);
  expect(shard.said).toContainEqual({ op: 'durable', session: 1, seq: 2 });
  for (const user of ['ann', 'bob']) expect(shard.stateOf(user)).toBe(sound.stateOf(user));
  expect([...shard.store.setAside()].map(({ kind, names }) => [kind, ...names.slice(0, 1)])).toEqual([
    ['event', 'ann'],
  ]);
  expect(shard.stats.counterValue(COUNTER.recordsSetAside.event)).toBe(1);
  expect(shard.store.journal.end).toBe(4);
  expect(shard.failures).toEqual([]);
});

test('poisonous events without end cost so many repairs and no more, and the others go on', async () => {
  const shard = await ShardHarness.make();
  await shard.open({ user: named('ann'), channel: 1, session: 1 });
  await shard.open({ user: named('bob'), channel: 2, session: 2 });
  await clicks(shard, 1)(1, 5);
  for (let tick = 0; tick < 100; tick++) {
    for (let n = 0; n < 10; n++) {
      const event = anEvent({ seq: 2, on: [NO_ITEM + tick * 10 + n] });
      shard.take({ op: 'event', channel: 1, session: 1, event, call: 0 });
    }
    await shard.tick();
  }
  await shard.tick(aClick({ by: openAs(2), seq: 1, on: [8] }));
  expect(shard.said.filter(({ op }) => op === 'refused')).toHaveLength(1_000);
  expect(shard.said).toContainEqual({ op: 'durable', session: 2, seq: 1 });
  expect(shard.built.context.quarantine.report).toMatchObject({
    owedUsers: 1,
    counts: { event: 1_000, user: 1 },
  });
});

test.each([false, true])(
  'when the model fails over one click of a round (with NaN: %s), the others have their states and lists',
  async (isNaN) => {
    const poisoned = await ShardHarness.make({ scorer: new PoisonedScorer(isNaN) });
    const sound = await ShardHarness.make();
    for (const shard of [poisoned, sound]) {
      for (const channel of [1, 2, 3]) {
        await shard.open({ user: named(`user-${channel}`), channel, session: channel });
        await shard.tick(aSubscription({ channel }));
      }
      shard.said.length = 0;
      shard.take(aClick({ by: openAs(1), seq: 1, on: [5] }), aClick({ by: openAs(2), seq: 1, on: [POISON] }));
      await shard.tick(aClick({ by: openAs(3), seq: 1, on: [9] }));
    }
    for (const user of ['user-1', 'user-3']) expect(poisoned.stateOf(user)).toBe(sound.stateOf(user));
    for (const channel of [1, 3]) expect(poisoned.lists(channel)).toEqual(sound.lists(channel));
    expect(poisoned.lists(2)).toHaveLength(1);
    expect(poisoned.said).toContainEqual({ op: 'durable', session: 2, seq: 1 });
    expect([...poisoned.store.setAside()].map(({ names }) => names)).toEqual([['user-2', 'step']]);
  },
);

test('a model that fails over everybody ends the shard: that is nobody’s record', async () => {
  const shard = await ShardHarness.make({ scorer: new PoisonedScorer(false) });
  await shard.open({ user: named('ann'), channel: 1, session: 1 });
  await expect(
    (async () => {
      for (let seq = 1; seq <= 200; seq++) await clicks(shard, 1)(seq, POISON);
    })(),
  ).rejects.toThrow('poison');
});
