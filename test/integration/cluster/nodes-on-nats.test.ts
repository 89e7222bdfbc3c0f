import { expect, test } from 'vitest';
import { openEngine } from '../../../cluster/engine/engine.js';
import { Heartbeats } from '../../../cluster/membership/heartbeats.js';
import { Membership } from '../../../cluster/membership/membership.js';
import { NodeMarks } from '../../../cluster/membership/node-marks.js';
import { realClock } from '../../../metrics/process/clock.js';
import { ServiceStack } from '../../../metrics/process/service-stack.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';
import { patientlyUntil } from '../../support/patience.js';

const SUBJECT = 'alive';

async function nodeOf(servers: NatsServers, name: string) {
  const stack = new ServiceStack();
  const engine = stack.push(await openEngine({ servers: servers.addresses, name, sync: { kind: 'stated' } }));
  const membership = new Membership(name, realClock);
  const marks = await NodeMarks.open(engine.main, { name: 'nodes', replicas: 1 }, ({ marks: all }) =>
    membership.learn(all),
  );
  stack.push(marks);
  await marks.register(name);
  stack.push(
    new Heartbeats([engine.main, engine.spare], SUBJECT, {
      membership,
      claims: () => ({ at: '', url: '', owns: [], catalogue: { sequence: 0, digest: 0 } }),
      heard: () => undefined,
    }),
  );
  return { engine, membership, marks, stop: () => stack.stop() };
}

test('nodes see each other come, drain, and go', async () => {
  const servers = await NatsServers.start();
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => nodeOf(servers, name)));
  const [a, b, c] = nodes;
  const all = (eligible: string[], who = nodes): Promise<boolean> =>
    patientlyUntil(
      () => who.every(({ membership }) => membership.view().eligible.join() === eligible.join()),
      { everyMs: 20, ms: 20_000 },
    );
  const acts = (of: typeof a): Promise<boolean> =>
    patientlyUntil(() => of.membership.view().hindrance === undefined, { everyMs: 20, ms: 20_000 });
  expect(await all(['a', 'b', 'c'])).toBe(true);
  expect(await Promise.all(nodes.map(acts))).toEqual([true, true, true]);
  // What is no heartbeat is not heard.
  a.engine.main.publish(SUBJECT, 'hello');
  await b.marks.set('a', 'draining');
  expect(await all(['b', 'c'])).toBe(true);
  expect(a.membership.view().hindrance).toBe('draining');
  // A node that is started again is what was said of it.
  await a.marks.register('a');
  await a.marks.set('c', 'member');
  expect(await all(['b', 'c'])).toBe(true);
  await c.stop();
  expect(await all(['b'], [a, b])).toBe(true);
  expect(await acts(b)).toBe(true);
  await b.marks.remove('c');
  await a.stop();
  expect(
    await patientlyUntil(() => b.membership.view().hindrance === 'minority', { everyMs: 20, ms: 20_000 }),
  ).toBe(true);
  await b.stop();
  await servers.stop();
});
