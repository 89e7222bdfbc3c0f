import type { LoadResult } from '../../../loadtest/load/load-result.js';
import { LatencyRecorder } from '../../../loadtest/load/recorder.js';
import { Windows } from '../../../loadtest/load/windows.js';

/** A result as a run of 30 s at 100 clicks a second gives it, with `more` in its place. */
export function runOf(more: Partial<LoadResult> = {}): LoadResult {
  const lists = new LatencyRecorder();
  const windows = new Windows(0, 30);
  for (let i = 0; i < 3_000; i++) {
    const [dueUs, tookUs] = [i * 10_000, 1_000 + ((i * 7_919) % 5_000)];
    lists.record(tookUs);
    windows.due(dueUs);
    windows.listed(dueUs, dueUs + tookUs);
    windows.acked(dueUs, dueUs + 2 * tookUs);
    windows.sentLate(dueUs, dueUs + 100);
  }
  const row = lists.row();
  const points = lists.distribution();
  return {
    duePerSec: 100,
    offeredPerSec: 100,
    achievedPerSec: 99.5,
    clickToList: row,
    clickToAck: row,
    sendLateness: row,
    distributions: { list: points, ack: points, late: points },
    clicks: 3_000,
    missingLists: 0,
    missingAcks: 0,
    refused: {},
    closed: {},
    generatorCpuShare: 0.1,
    phases: [],
    windowSeconds: 1,
    windows: windows.rows(),
    server: [
      { atSec: 1, cores: undefined, residentBytes: 2e8, loopDelayMs: { gateway: 1, 'shard-0': 2 } },
      { atSec: 2, cores: 0.4, residentBytes: 2.1e8, loopDelayMs: { gateway: 1, 'shard-0': 2 } },
    ],
    connections: 200,
    memory: { beforeBytes: 1e8, openBytes: 1.1e8, afterBytes: 2e8 },
    beside: {},
    shedSeconds: 0,
    stages: [{ stage: 'decode', count: 10, mean: 0.1, p50: 0.1, p99: 0.5 }],
    ...more,
  };
}
