import { afterEach, expect, test } from 'vitest';
import type { StreamServers } from '../../../../cluster/node/stream-leaders.js';
import { LeaderKeeper } from '../../../../cluster/node/leader-keeper.js';
import { createLog } from '../../../../metrics/process/log.js';
import { GAUGE } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

const stats = ThreadStats.create();
const keepers: LeaderKeeper[] = [];

afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
});

/** A keeper beside server `s0`, of partitions whose streams have these servers; what it moves, as `stream to`. */
function keeperOf(streams: Record<number, StreamServers>, beside: string | undefined = 's0') {
  const moves: string[] = [];
  const keeper = new LeaderKeeper({
    leaders: {
      of: (stream) => Promise.resolve(streams[Number(stream)]),
      move: async (stream, to) => {
        if (to === 'refuses') throw new Error('not now');
        moves.push(`${stream} ${to}`);
      },
    },
    streamOf: String,
    owned: () => Object.keys(streams).map(Number),
    beside: () => Promise.resolve(beside),
    stats,
    log: createLog({ level: 'silent' }),
  });
  keepers.push(keeper);
  return { keeper, moves };
}

test('leaders beside their owner move to the followers in turn, and others stay', async () => {
  const { keeper, moves } = keeperOf({
    0: { leader: 's0', followers: ['s2', 's1'] },
    1: { leader: 's0', followers: ['s1', 's2'] },
    2: { leader: 's1', followers: ['s0', 's2'] },
    3: { leader: undefined, followers: [] },
  });
  await keeper.look();
  expect(moves).toEqual(['0 s1', '1 s2']);
  expect(stats.gaugeValue(GAUGE.leadersBeside)).toBe(0);
});

test('a leader that no other server can follow, or that does not go, is counted', async () => {
  const { keeper, moves } = keeperOf({
    0: { leader: 's0', followers: [] },
    1: { leader: 's0', followers: ['refuses'] },
    2: { leader: 's0', followers: ['s1'] },
  });
  await keeper.look();
  expect(moves).toEqual(['2 s1']);
  expect(stats.gaugeValue(GAUGE.leadersBeside)).toBe(2);
});

test('where no server is beside the node, nothing moves', async () => {
  const moves: string[] = [];
  const keeper = new LeaderKeeper({
    leaders: { of: () => Promise.reject(new Error('asked')), move: () => Promise.reject(new Error('moved')) },
    streamOf: String,
    owned: () => {
      moves.push('looked');
      return [0];
    },
    beside: () => Promise.resolve(undefined),
    stats,
    log: createLog({ level: 'silent' }),
  });
  keepers.push(keeper);
  await keeper.look();
  expect(moves).toEqual([]);
});
