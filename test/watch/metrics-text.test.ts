import { expect, test } from 'vitest';
import { createRegistry } from '../../metrics/registry.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { promtool } from '../support/watch/promtool.js';

test('promtool has nothing to say against the text of /metrics', async () => {
  const sources = ['gateway', 'shard-0', 'shard-1'].map((thread) => ({
    thread,
    stats: ThreadStats.create(),
  }));
  const model = () => ({ model: 'demo@1', fingerprint: 'abc' });
  const text = await createRegistry(() => sources, {
    model,
    runtime: { transport: 'uws', onnx: 'native' },
    slots: ['home'],
  }).text();
  expect(text).toContain('afterclick_click_to_list_seconds_bucket{le="0.025"} 0');
  expect(promtool(['check', 'metrics'], text)).toBe('');
});
