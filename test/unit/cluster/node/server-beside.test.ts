import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverBeside } from '../../../../cluster/node/server-beside.js';

let monitor: Server;
let address: string;
let isDown = false;

beforeAll(async () => {
  monitor = createServer((_, response) => {
    if (isDown) response.destroy();
    else response.end(JSON.stringify({ server_id: 'N', server_name: 's7', version: '2.15.3' }));
  }).listen(0, '127.0.0.1');
  await once(monitor, 'listening');
  address = `http://127.0.0.1:${(monitor.address() as AddressInfo).port}`;
});
afterAll(() => void monitor.close());

const node = { clusterBeside: '', clusterAddress: '127.0.0.1:7070', clusterMonitors: '' };

test('the server beside a node is the one that is named', async () => {
  expect(await serverBeside({ ...node, clusterBeside: 's1', clusterMonitors: address })()).toBe('s1');
});

test('or the only one whose monitoring address has the host of the node, asked until it answers', async () => {
  const beside = serverBeside({ ...node, clusterMonitors: `http://10.0.0.2:8222, ${address}` });
  isDown = true;
  expect(await beside()).toBeUndefined();
  isDown = false;
  expect(await beside()).toBe('s7');
  isDown = true;
  expect(await beside()).toBe('s7');
});

test('or none, where several have it and where no address is given', async () => {
  expect(await serverBeside({ ...node, clusterMonitors: `${address},http://127.0.0.1:1` })()).toBeUndefined();
  expect(await serverBeside(node)()).toBeUndefined();
});
