import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { named, visitor } from '../../shards/store/user-key.js';
import { tinyModel } from '../support/model/tiny-models.js';
import { seededRandom } from '../support/random.js';
import { sharedCatalogue } from '../support/shards/shard-harness.js';
import { checkStore, SwappingShard, type SwapWorld } from '../support/shards/swapping-shard.js';
import { RecordingStore } from '../support/store/recording-store.js';

const A = tinyModel({ name: 'narrow', tag: 11, width: 4 })(64);
const B = tinyModel({ name: 'wide', tag: 22, width: 8 })(64);
const MODELS = [A, B] as const;
const NAMED = ['ann', 'bob', 'cyd'].map(named);
const VISITORS = ['v1', 'v2', 'v3', 'v4', 'v5'].map(visitor);
/** Somebody whose state holds what the journal does not: no rebuild makes them, they are taken over. */
const PARTIAL = named('old');
const PARTIAL_AT = 20;

const random = seededRandom(5);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

async function world(): Promise<SwapWorld> {
  return { catalogue: (await sharedCatalogue()).shared, models: MODELS };
}

/** A few clicks of whoever is no merged visitor; now and then a merge, and a few states are written. */
function load(shard: SwappingShard): void {
  for (let i = 0; i < 2; i++) {
    const users = [...NAMED, PARTIAL, ...VISITORS].filter((user) => shard.store.alias(user) === undefined);
    shard.click(users[random(users.length)], random(60));
  }
  if (random(6) === 0) shard.merge(VISITORS[random(VISITORS.length)], NAMED[random(NAMED.length)]);
  if (random(3) === 0) shard.sweep(random(2) === 0);
}

/** A process that serves one model, changes to the other and back, and is loaded all the while. */
async function swappingTwice(of: SwapWorld): Promise<RecordingStore> {
  const store = new RecordingStore();
  const shard = await SwappingShard.open(of, store, A);
  for (const user of [...NAMED, PARTIAL, ...VISITORS])
    for (let i = 0; i < 4; i++) shard.click(user, random(60));
  shard.sweep();
  const state = new Uint8Array(store.user(PARTIAL)!);
  state[PARTIAL_AT] = 1;
  await store.commit({ users: [{ userId: PARTIAL, bytes: state }] });
  shard.end();
  const next = await SwappingShard.open(of, store, A);
  for (const model of [B, A]) {
    await next.prepare(model, () => load(next));
    load(next);
    await next.adopt(model);
    load(next);
    await next.settle(() => load(next));
  }
  next.end();
  return store;
}

/** A process that finds what another left, serves `model` under load until all states are its, and ends. */
async function goingOn(of: SwapWorld, store: RecordingStore, model: (typeof MODELS)[number]): Promise<void> {
  const shard = await SwappingShard.open(of, store, model);
  shard.finishMerges();
  load(shard);
  await shard.settle(() => load(shard));
  shard.sweep();
  shard.end();
}

async function expectSound(of: SwapWorld, store: RecordingStore, when: string): Promise<void> {
  const { differences, unreadable } = await checkStore(of, store);
  expect({ when, differences, unreadable }).toEqual({ when, differences: [], unreadable: 0 });
}

test('[D1] a crash after any commit of a change of the model, whichever model serves next, and a second crash after that', async () => {
  const of = await world();
  const first = await swappingTwice(of);
  for (let n = 0; n <= first.batches.length; n++) {
    await expectSound(of, await first.afterCrash(n), `crash after ${n} commits`);
    // Both models at every point would take minutes.
    const model = MODELS[n % 2];
    const when = `crash after ${n} commits, then ${model.name}`;
    const second = await first.afterCrash(n);
    await goingOn(of, second, model);
    await expectSound(of, second, when);
    expect(second.statesModel).toBe(model.tag);
    const m = n + random(second.batches.length - n + 1);
    const third = await second.afterCrash(m);
    await expectSound(of, third, `${when}, crash after ${m}`);
    const last = MODELS[random(2)];
    await goingOn(of, third, last);
    await expectSound(of, third, `${when}, crash after ${m}, then ${last.name}`);
    expect(third.statesModel).toBe(last.tag);
  }
}, 120_000);
