import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../../cluster/engine/engine.js';
import type { SyncProof } from '../../../cluster/engine/engine-settings.js';
import { NatsServers } from '../../support/cluster/nats-servers.js';

const settings = (
  servers: NatsServers,
  sync: SyncProof = { kind: 'monitors', addresses: servers.monitors },
) => ({
  servers: servers.addresses,
  name: 'node-1',
  sync,
});

describe('three servers that write before they acknowledge', () => {
  let servers: NatsServers;

  beforeAll(async () => {
    servers = await NatsServers.start({ count: 3, sync: 'always' });
  });
  afterAll(() => servers.stop());

  test('are taken, with connections to two of them', async () => {
    const engine = await openEngine(settings(servers));
    expect(engine.unseen).toEqual([]);
    expect(engine.main.info?.server_id).not.toBe(engine.spare.info?.server_id);
    await engine.stop();
    expect([engine.main.isClosed(), engine.spare.isClosed()]).toEqual([true, true]);
  });

  test('are refused when fewer than a majority can be asked', async () => {
    const [first] = servers.monitors;
    const opened = openEngine(settings(servers, { kind: 'monitors', addresses: [first, first] }));
    await expect(opened).rejects.toMatchObject({
      code: 'cluster_engine_unfit',
      message: expect.stringMatching(/^1 of 3 NATS servers answered/),
    });
  });

  test('are taken when one is down, which is named', async () => {
    await servers.kill(2);
    const engine = await openEngine(settings(servers));
    expect(engine.unseen).toEqual([servers.monitors[2]]);
    await engine.stop();
    servers.spawn(2);
    await servers.ready();
  });
});

describe('a server that is not fit', () => {
  test.each([
    {
      what: 'without sync_interval: always',
      options: {},
      says: /^NATS server s0 loses what it acknowledged .* sync_interval: always/,
    },
    {
      what: 'without JetStream',
      options: { hasJetStream: false },
      says: /^NATS server s0 has no JetStream: /,
    },
  ])('$what is refused, with what to do', async ({ options, says }) => {
    const servers = await NatsServers.start(options);
    await expect(openEngine(settings(servers))).rejects.toMatchObject({
      code: 'cluster_engine_unfit',
      message: expect.stringMatching(says),
    });
    await servers.stop();
  });

  test('is taken at the word of whoever runs it', async () => {
    const servers = await NatsServers.start();
    const engine = await openEngine(settings(servers, { kind: 'stated' }));
    expect(engine.main.info?.server_name).toBe('s0');
    await engine.stop();
    await servers.stop();
  });
});
