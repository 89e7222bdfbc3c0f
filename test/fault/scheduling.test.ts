import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { schedulingPolicy } from '../../gateway/start/process/scheduling.js';
import { builtFile } from '../support/built.js';
import { startGateway } from '../support/gateway/built-gateway.js';

const urlOf = (file: string): string => pathToFileURL(builtFile(file)).href;

/** `man 7 sched`. */
const SCHED_OTHER = '0';
const SCHED_BATCH = '3';
const SCHED_IDLE = '5';

test('no thread of a gateway interrupts another one when it wakes', async () => {
  const gateway = await startGateway({ env: { AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '2' } });
  onTestFinished(() => gateway.kill());
  const { pid } = gateway.process;
  const threads = readdirSync(`/proc/${pid}/task`);
  expect(threads.length).toBeGreaterThan(8);
  const policies = threads.map((thread) => schedulingPolicy(`${pid}/task/${thread}`));
  // What can wait comes after all that: whoever wakes interrupts it.
  expect(policies.every((policy) => policy === SCHED_BATCH || policy === SCHED_IDLE)).toBe(true);
  expect(policies.filter((policy) => policy === SCHED_BATCH).length).toBeGreaterThan(8);
});

test('a thread that can wait is interrupted by whoever wakes, and no other thread of its process is', async () => {
  const program = `import { parentPort } from 'node:worker_threads';
    import { lowerPriority } from '${urlOf('shards/communities/lower-priority.js')}';
    import { schedulingPolicy } from '${urlOf('gateway/start/process/scheduling.js')}';
    lowerPriority();
    parentPort.postMessage([schedulingPolicy('thread-self'), schedulingPolicy()]);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const worker = new Worker(url);
  onTestFinished(() => void worker.terminate());
  const [policies] = await once(worker, 'message');
  expect(policies).toEqual([SCHED_IDLE, schedulingPolicy()]);
  expect(schedulingPolicy()).not.toBe(SCHED_IDLE);
});

test.each([
  ['keeps the policy that it was started with', 'chrt --idle --pid 0 $$', SCHED_IDLE],
  ['has the usual policy where there is no chrt', 'PATH=/nowhere', SCHED_OTHER],
])('a process %s', (_name, shell, policy) => {
  const program = `import { letThreadsFinish, schedulingPolicy } from '${builtFile('gateway/start/process/scheduling.js')}';
    await letThreadsFinish();
    console.log(schedulingPolicy());`;
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const said = execFileSync('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...node], { encoding: 'utf8' });
  expect(said.trim()).toBe(policy);
});
