import { afterEach, expect, test } from 'vitest';
import type { StreamServers } from '../../../../cluster/node/stream-leaders.js';
import { ReplicaWatch } from '../../../../cluster/node/replica-watch.js';
import { createLog } from '../../../../metrics/process/log.js';
import { GAUGE } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

let watch: ReplicaWatch | undefined;
afterEach(() => watch?.stop());

/** A watch on streams P0, P1 … that these servers keep; undefined: nobody answers. */
function watchOf(streams: readonly (StreamServers | undefined)[]) {
  const stats = ThreadStats.create();
  watch = new ReplicaWatch({
    leaders: {
      of: async (stream) => streams[Number(stream.slice(1))] ?? Promise.reject(new Error('nobody answers')),
      move: () => Promise.resolve(),
    },
    streamOf: (partition) => `P${partition}`,
    owned: () => [...streams.keys()],
    replicas: 3,
    stats,
    log: createLog({ level: 'silent' }),
  });
  return { watch, behind: () => stats.gaugeValue(GAUGE.replicasBehind) };
}

test('counts followers that are not there or lag, over all streams, and leaders that are not there', async () => {
  const { watch: one, behind } = watchOf([
    { leader: 's0', followers: ['s1', 's2'] },
    { leader: 's1', followers: ['s0'] },
    { leader: undefined, followers: ['s0'] },
  ]);
  await one.look();
  expect(behind()).toBe(1 + 2);
});

test('what nobody tells of changes nothing', async () => {
  const streams: (StreamServers | undefined)[] = [{ leader: 's0', followers: ['s1'] }];
  const { watch: one, behind } = watchOf(streams);
  await one.look();
  streams[0] = undefined;
  await one.look();
  expect(behind()).toBe(1);
});
