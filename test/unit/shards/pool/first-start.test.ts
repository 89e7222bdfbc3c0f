import { expect, test } from 'vitest';
import { handledRun } from '../../../support/shards/handled-run.js';

test('what is asked before a shard has started for the first time is told to it then, once', async () => {
  const { handle, told, ready } = handledRun();
  const started = handle.start();
  void handle.answerTo({ op: 'unfinished' });
  expect(told).toEqual([]);
  ready();
  await started;
  void handle.answerTo({ op: 'unfinished' });
  expect(told.map((call) => [call.op, 'call' in call && call.call])).toEqual([
    ['unfinished', 1],
    ['unfinished', 2],
  ]);
});
