import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { schedulingPolicy } from '../../gateway/start/process/scheduling.js';
import { builtFile } from '../support/built.js';
import { startGateway } from '../support/gateway/built-gateway.js';

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
  expect([...new Set(policies)]).toEqual([SCHED_BATCH]);
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
