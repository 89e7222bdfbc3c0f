import { expect, onTestFinished, test } from 'vitest';
import { neighboursModel } from '../../shards/wire/posted-model.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { anEvent } from '../support/shards/shard-calls.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { tinyModel } from '../support/model/tiny-models.js';
import { NO_SOURCE } from '../support/model/no-source.js';

const ITEM_MAX = 64;

test.each([
  ['neighbours', () => neighboursModel(ITEM_MAX)],
  ['a network', tinyModel({ name: 'tiny', tag: 11, width: 4 })],
] as const)(
  'a swap from %s to the same again resolves, and everybody is served as before',
  async (_, made) => {
    const built = await BuiltPool.start(temporaryFolder(), { shards: 2 }, made);
    onTestFinished(() => built.pool.stop());
    const opened = await built.openUser('ann', { excludeSeen: 2, k: 60 });
    await built.send(opened, anEvent({ seq: 1, on: [1] }));
    for (let swap = 0; swap < 2; swap++) await built.pool.swapModel(made(ITEM_MAX), NO_SOURCE);
    await built.send(opened, anEvent({ seq: 2, on: [2] }));
    const items = [...built.lists(opened.channel).at(-1)!.items];
    expect(items.length).toBeGreaterThan(0);
    expect(items.filter((item) => item === 1 || item === 2)).toEqual([]);
    await built.breakShard(0);
    await built.send(opened, anEvent({ seq: 3, on: [3] }));
  },
);
