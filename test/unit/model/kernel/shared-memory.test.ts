import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createSharedMemory, giveBack, takeBuffers } from '../../../../model/kernel/shared-memory.js';

const PAGE = 65_536;

/** Takes a room in a thread, which fills it with sevens and ends. Resolves with the thread's number. */
function takenByThread(shared: ReturnType<typeof createSharedMemory>): Promise<number> {
  const built = new URL(`../../../../${process.env['AFTERCLICK_BUILT'] ?? 'dist'}/`, import.meta.url);
  const code = `
    const { workerData, threadId, parentPort } = require('node:worker_threads');
    import(workerData.module).then(({ takeBuffers }) => {
      takeBuffers(workerData.shared, { numbers: 100 }).numbers.fill(7);
      parentPort.postMessage(threadId);
    });`;
  const module = new URL('model/kernel/shared-memory.js', built).href;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { shared, module } });
    let thread = 0;
    worker.once('message', (id: number) => (thread = id));
    worker.once('error', reject);
    worker.once('exit', () => resolve(thread));
  });
}

describe('rooms of a shared memory', () => {
  it('are apart from one another and from what was there', () => {
    const shared = createSharedMemory(100);
    const first = takeBuffers(shared, { a: 3, b: 5 });
    const second = takeBuffers(shared, { a: 3, b: 5 });
    expect(first.a.byteOffset).toBe(PAGE);
    expect(second.a.byteOffset).toBe(2 * PAGE);
    first.b.fill(1);
    expect([...second.a, ...second.b, ...first.a]).toEqual(Array(11).fill(0));
  });

  it('of a thread that has ended are had by the next, as zeros; those of others stay', async () => {
    const shared = createSharedMemory(PAGE);
    const own = takeBuffers(shared, { numbers: 10 });
    own.numbers.fill(1);
    for (let round = 0; round < 3; round++) giveBack(shared, await takenByThread(shared));
    expect(shared.memory.buffer.byteLength).toBe(3 * PAGE);
    const next = takeBuffers(shared, { numbers: 100 });
    expect(next.numbers.byteOffset).toBe(2 * PAGE);
    expect([...next.numbers]).toEqual(Array(100).fill(0));
    expect([...own.numbers]).toEqual(Array(10).fill(1));
  });

  it('of another size are not mixed up', async () => {
    const shared = createSharedMemory(PAGE);
    giveBack(shared, await takenByThread(shared));
    expect(takeBuffers(shared, { numbers: PAGE }).numbers).toHaveLength(PAGE);
    expect(takeBuffers(shared, { numbers: 1 }).numbers.byteOffset).toBe(PAGE);
  });
});
