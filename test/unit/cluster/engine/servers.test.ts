import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openEngine } from '../../../../cluster/engine/engine.js';
import { serverProblems } from '../../../../cluster/engine/server-problems.js';
import { askServer, type ServerReport } from '../../../../cluster/engine/server-report.js';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** Something on loopback that says `text` to whoever connects, and hangs up. */
async function speaker(text: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // Hanging up before the request was read would be a reset.
    socket.once('data', () => socket.end());
    socket.write(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const report = (id: string, change: Partial<ServerReport> = {}): ServerReport => ({
  id,
  name: `server-${id}`,
  version: '2.12.0',
  hasJetStream: true,
  syncsAlways: true,
  clusterSize: 3,
  ...change,
});

describe('a cluster', () => {
  test.each<{ readonly what: string; readonly reports: ServerReport[]; readonly says: RegExp[] }>([
    { what: 'of which all answer', reports: [report('a'), report('b'), report('c')], says: [] },
    { what: 'of which two of three answer', reports: [report('a'), report('b')], says: [] },
    { what: 'of one server', reports: [report('a', { clusterSize: 1, version: '3.0.1' })], says: [] },
    { what: 'of which one answers twice', reports: [report('a'), report('a')], says: [/^1 of 3 /] },
    { what: 'of which nobody answers', reports: [], says: [/^0 of 1 /] },
    {
      what: 'of which two of four answer',
      reports: [report('a', { clusterSize: 4 }), report('b')],
      says: [/^2 of 4 /],
    },
    {
      what: 'with an old server and one that does not sync',
      reports: [
        report('a', { version: '2.9.10', syncsAlways: false }),
        report('b', { syncsAlways: false }),
        report('c'),
      ],
      says: [
        /^NATS server server-a is of version 2\.9\.10, and 2\.12 is the oldest/,
        /^NATS server server-b loses /,
      ],
    },
    {
      what: 'with a server of the last version before',
      reports: [report('a', { version: '2.11.99' }), report('b')],
      says: [/2\.11\.99/],
    },
    {
      what: 'without JetStream',
      reports: [report('a', { hasJetStream: false, clusterSize: 1 })],
      says: [/has no JetStream/],
    },
  ])('$what', ({ reports, says }) => {
    const problems = serverProblems(reports);
    expect(problems).toHaveLength(says.length);
    for (const [index, text] of says.entries()) expect(problems[index]).toMatch(text);
  });
});

describe('a monitoring address', () => {
  test('of something else is told apart from one where nobody is', async () => {
    const other = await speaker('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwelcome');
    await expect(askServer(`http://${other}`)).rejects.toThrow(/is not what a NATS server says/);
    closers.splice(0).forEach((close) => close());
    expect(await askServer(`http://${other}`)).toBeUndefined();
  });
});

describe('an address of a server', () => {
  const opened = (address: string) =>
    openEngine({ servers: [`nats://${address}`], name: 'node-1', sync: { kind: 'stated' } });

  test('of an older version is refused at the first word', async () => {
    const info = {
      server_id: 'OLD',
      server_name: 'old-one',
      version: '2.9.10',
      proto: 1,
      headers: true,
      max_payload: 1e6,
    };
    const server = createServer((socket) => {
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
      socket.on('data', () => socket.write('PONG\r\n'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    await expect(opened(`127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toMatchObject({
      code: 'cluster_engine_unfit',
      message: expect.stringMatching(/^NATS server old-one is of version 2\.9\.10/),
    });
  });

  test('where nobody is, is named, with what to look at', async () => {
    const address = await speaker('');
    closers.splice(0).forEach((close) => close());
    await expect(opened(address)).rejects.toMatchObject({
      code: 'cluster_unreachable',
      message: expect.stringMatching(/^no NATS server can be used at nats:\/\/127.*Check the addresses/),
    });
  });
});
