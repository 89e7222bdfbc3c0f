import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isVisitor, named, visitor, type UserKey } from '../../shards/store/user-key.js';
import type { OpenedSession } from '../../shards/pool/shard-pool.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { anEvent } from '../support/shards/shard-calls.js';
import { ITEMS } from '../support/shards/shard-harness.js';
import { readStates } from '../support/shards/stored-states.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { tinyModel } from '../support/model/tiny-models.js';
import type { ShardEvent } from '../../shards/wire/shard-event.js';
import { NO_SOURCE } from '../support/model/no-source.js';

const NARROW = tinyModel({ name: 'narrow', tag: 11, width: 4 });
const WIDE = tinyModel({ name: 'wide', tag: 12, width: 8 });
const OTHER = tinyModel({ name: 'other', tag: 13, width: 8 });
const ITEM_MAX = 64;
const SHARDS = 2;
const GAP_MS = 3_600_000;

/** Clicks of a user: items spread over the catalogue, with a pause of an hour after every tenth. */
function clickOf(user: number, seq: number): ShardEvent {
  const item = (user * 17 + seq * 7 + ((seq * seq) % 5)) % ITEMS;
  return anEvent({ seq, on: [item], tsMs: 1_760_000_000_000 + seq * 1_000 + Math.floor(seq / 10) * GAP_MS });
}

/** A shopper who sends the next click when the last one is durable, until told to stop. */
class Clicker {
  seq = 0;
  isStopped = false;
  readonly user: number;
  readonly opened: OpenedSession;
  readonly #built: BuiltPool;
  #running: Promise<void> = Promise.resolve();

  constructor(built: BuiltPool, user: number, opened: OpenedSession) {
    this.#built = built;
    this.user = user;
    this.opened = opened;
  }

  start(): void {
    this.#running = this.#run();
  }

  async click(): Promise<void> {
    await this.#built.send(this.opened, clickOf(this.user, ++this.seq));
  }

  stop(): Promise<void> {
    this.isStopped = true;
    return this.#running;
  }

  async #run(): Promise<void> {
    while (!this.isStopped) await this.click();
  }
}

async function clickers(built: BuiltPool, count: number): Promise<Clicker[]> {
  return Promise.all(
    Array.from(
      { length: count },
      async (_, user) => new Clicker(built, user, await built.openUser(`user-${user}`)),
    ),
  );
}

function expectSameStates(found: Awaited<ReturnType<typeof readStates>>, expected: typeof found): void {
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [user, { keys, numbers }] of expected) {
    expect(found.get(user)!.keys).toEqual(keys);
    const furthest = Math.max(...numbers.map((value, i) => Math.abs(value - found.get(user)!.numbers[i])));
    expect(furthest).toBeLessThan(1e-4);
  }
}

/** What a pool that never knew another model makes of the same clicks. */
async function statesFromScratch(model: (itemMax: number) => PostedModel, counts: readonly number[]) {
  const dataDir = temporaryFolder();
  const built = await BuiltPool.start(dataDir, { shards: SHARDS }, model);
  const all = await clickers(built, counts.length);
  await Promise.all(
    all.map(async (clicker) => {
      while (clicker.seq < counts[clicker.user]) await clicker.click();
    }),
  );
  await built.pool.stop();
  return readStates(dataDir, SHARDS, model(ITEM_MAX));
}

describe('a model swapped under load, twice', { timeout: 120_000 }, () => {
  let built: BuiltPool;
  let all: Clicker[];
  const dataDir = temporaryFolder();

  beforeAll(async () => {
    built = await BuiltPool.start(dataDir, { shards: SHARDS }, NARROW);
    all = await clickers(built, 12);
    for (const clicker of all) while (clicker.seq < 30) await clicker.click();
    for (const clicker of all) clicker.start();
    await built.pool.swapModel(WIDE(ITEM_MAX), NO_SOURCE);
    expect(built.pool.model).toBe('wide@1');
    const soFar = all.map(({ seq }) => seq);
    await built.until(() => all.every(({ seq }, i) => seq > soFar[i] + 5), 'clicks on the new model');
    await built.pool.swapModel(OTHER(ITEM_MAX), NO_SOURCE);
    await Promise.all(all.map((clicker) => clicker.stop()));
    await built.pool.stop();
  }, 120_000);
  afterAll(() => built.pool.stop());

  test('[D1][D3] loses and refuses no event', () => {
    expect(built.heard.some(({ op }) => op === 'refused')).toBe(false);
    for (const { opened, seq } of all) {
      const applied = built.heard.flatMap((said) =>
        said.op === 'applied' && said.session === opened.session ? [said.seq] : [],
      );
      expect(applied).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
    }
  });

  test('[R1] gives every event its list', () => {
    for (const { opened } of all) {
      let isOwed = false;
      for (const said of built.heard) {
        if (said.op === 'applied' && said.session === opened.session) isOwed = true;
        if (said.op === 'list' && said.channel === opened.channel) isOwed = false;
        if (said.op === 'durable' && said.session === opened.session) expect(isOwed).toBe(false);
      }
    }
  });

  test('[R2] makes lists of one model after the other, never back, and revisions rise', () => {
    for (const { opened } of all) {
      const lists = built.lists(opened.channel);
      const models = lists.map(({ model }) => model).filter((model, i, before) => model !== before[i - 1]);
      expect(models).toEqual(['narrow@1', 'wide@1', 'other@1']);
      expect(lists.every(({ rev }, i) => i === 0 || rev > lists[i - 1].rev)).toBe(true);
    }
  });

  test('leaves states as the last model alone would have made them', async () => {
    const found = await readStates(dataDir, SHARDS, OTHER(ITEM_MAX));
    expectSameStates(
      found,
      await statesFromScratch(
        OTHER,
        all.map(({ seq }) => seq),
      ),
    );
  });
});

describe('a user whom the journal does not hold whole', { timeout: 120_000 }, () => {
  test.each([
    ['before the swap', true],
    ['while it runs', false],
  ])('[D1] with a visitor merged into them %s, keeps what both had seen', async (_when, isBefore) => {
    const built = await BuiltPool.start(temporaryFolder(), { shards: SHARDS }, NARROW);
    onTestFinished(() => built.pool.stop());
    const clickThrough = async (user: UserKey, items: readonly number[]) => {
      const opened = await (isVisitor(user) ? built.pool.openVisitor(user) : built.pool.open(user, 'tab'));
      if ('mergedSeq' in opened) throw new Error('the visitor was merged');
      for (const [i, item] of items.entries()) await built.send(opened, anEvent({ seq: i + 1, on: [item] }));
      built.pool.close(opened.session);
    };
    for (let other = 0; other < 20; other++) await clickThrough(named(`other-${other}`), [1, 2, 3, 4, 5, 6]);
    await clickThrough(named('ann'), [10, 11]);
    await clickThrough(visitor('visitor'), [20, 21]);
    if (isBefore) await built.pool.merge(visitor('visitor'), named('ann'));
    const swapped = built.pool.swapModel(WIDE(ITEM_MAX), NO_SOURCE);
    if (!isBefore) await built.pool.merge(visitor('visitor'), named('ann'));
    await swapped;
    const ann = await built.openUser('ann');
    expect(built.lists(ann.channel).at(-1)!.model).toBe('wide@1');
    expect(await built.rank({ by: ann, of: [10, 11, 20, 21, 30], slot: { excludeSeen: 2 } })).toEqual([30]);
    // Nor when the next model comes, which finds a state that the one before took over.
    await built.pool.swapModel(OTHER(ITEM_MAX), NO_SOURCE);
    expect(await built.rank({ by: ann, of: [10, 11, 20, 21, 30], slot: { excludeSeen: 2 } })).toEqual([30]);
    expect(await built.pool.merge(visitor('visitor'), named('ann'))).toBe(false);
  });
});

describe('a model that cannot serve', { timeout: 120_000 }, () => {
  test.each([
    ['is no network', (bytes: Uint8Array) => bytes.subarray(0, 40), 'step.onnx'],
    ['answers with numbers that are none', nanWeights, 'trial run'],
  ])('%s: the old one goes on, and another can be tried', async (_name, step, said) => {
    const built = await BuiltPool.start(temporaryFolder(), { shards: SHARDS }, NARROW);
    onTestFinished(() => built.pool.stop());
    const opened = await built.openUser('ann');
    const broken = tinyModel({ name: 'broken', tag: 14, width: 8, step });
    await expect(built.pool.swapModel(broken(ITEM_MAX), NO_SOURCE)).rejects.toThrow(said);
    await built.send(opened, anEvent({ seq: 1, on: [1] }));
    expect(built.lists(opened.channel).at(-1)!.model).toBe('narrow@1');
    await built.pool.swapModel(WIDE(ITEM_MAX), NO_SOURCE);
    await built.send(opened, anEvent({ seq: 2, on: [2] }));
    expect(built.lists(opened.channel).at(-1)!.model).toBe('wide@1');
  });
});

describe('another model at start', { timeout: 120_000 }, () => {
  test('serves at once, and rebuilds the states of the one before from the journal', async () => {
    const dataDir = temporaryFolder();
    const first = await BuiltPool.start(dataDir, { shards: SHARDS }, NARROW);
    const before = await clickers(first, 8);
    for (const clicker of before) while (clicker.seq < 25) await clicker.click();
    await first.pool.stop();
    const second = await BuiltPool.start(dataDir, { shards: SHARDS }, WIDE);
    const opened = await second.openUser('user-0');
    expect(second.lists(opened.channel)[0].model).toBe('wide@1');
    await second.rebuilt();
    await second.pool.stop();
    expectSameStates(
      await readStates(dataDir, SHARDS, WIDE(ITEM_MAX)),
      await statesFromScratch(
        WIDE,
        before.map(({ seq }) => seq),
      ),
    );
  });
});

/** The network with every weight of 1.0 made NaN. */
function nanWeights(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 4 <= copy.length; at++)
    if (view.getFloat32(at, true) === 1) view.setFloat32(at, Number.NaN, true);
  return copy;
}
