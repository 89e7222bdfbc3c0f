import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { InterestCodec } from '../../shards/graph/interest/state/interest-codec.js';
import { stateProblem } from '../../shards/graph/interest/state/state-check.js';
import type { Damage } from '../../shards/store/damage.js';
import { UserTable } from '../../shards/shard/user-table.js';
import { smallGraph } from '../support/shards/small-graph.js';

const ITEM_MAX = 64;
const WRONG = [0x00, 0x01, 0x02, 0x7f, 0x80, 0xff];

test.each([1, 2])(
  'a state of version %i with any one byte wrong, or cut anywhere: never thrown, and what is loaded is sound',
  (version) => {
    const sound = readFileSync(new URL(`../fixtures/user-state-${version}.bin`, import.meta.url));
    const graph = smallGraph();
    const codec = new InterestCodec(graph, 0, ITEM_MAX);
    const found: Damage[] = [];
    let state: Buffer = sound;
    const reading = {
      states: { user: () => state },
      quarantine: { take: (damage: Damage) => void found.push(damage) },
    };
    const table = new UserTable(graph, codec, reading, ThreadStats.create());
    let loads = 0;
    const load = (bytes: Buffer) => {
      state = bytes;
      table.drop('ann');
      const row = table.load('ann');
      loads++;
      expect(stateProblem(graph.slabs, row, ITEM_MAX)).toBeUndefined();
      expect(codec.encode(row).length).toBeGreaterThan(16);
    };
    load(sound);
    expect(found).toEqual([]);
    for (let at = 0; at < sound.length; at++) {
      for (const value of [...WRONG, sound[at] ^ 1, sound[at] ^ 0x40]) {
        const bytes = Buffer.from(sound);
        bytes[at] = value;
        load(bytes);
      }
      load(sound.subarray(0, at));
    }
    expect(found.length).toBeGreaterThan(sound.length);
    expect(found.length).toBeLessThan(loads);
  },
);
