import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { OpenGate } from '../../../../shards/wire/open-gate.js';

test('a thread passes when another one opens, and at once when it is open', async () => {
  const gate = new OpenGate();
  const passes = `const { parentPort, workerData } = require('node:worker_threads');
    parentPort.postMessage('waits');
    Atomics.wait(new Int32Array(workerData), 0, 0);
    parentPort.postMessage('passed');`;
  const worker = new Worker(passes, { eval: true, workerData: gate.buffer });
  expect(await once(worker, 'message')).toEqual(['waits']);
  gate.open();
  expect(await once(worker, 'message')).toEqual(['passed']);
  await once(worker, 'exit');
  new OpenGate(gate.buffer).pass();
});
