import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeTransport } from '../../gateway/server/node/node-transport.js';
import type { Transport } from '../../gateway/server/transport/transport.js';
import { UwsTransport } from '../../gateway/server/uws/uws-transport.js';
import { loadUws } from '../../gateway/server/uws/uws.js';
import { startGatewayHarness } from '../support/gateway/gateway-harness.js';
import { WIRE_REQUESTS } from '../support/gateway/raw-requests.js';
import { wireOutcome } from '../support/gateway/wire-outcome.js';

/** What `node:http` says that has the gateway's routes and no gateway behind them. */
const reference = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.writeHead(statusOf(request, Buffer.concat(chunks).toString())).end());
});

function statusOf({ method, url = '' }: IncomingMessage, body: string): number {
  if (url.split('?')[0] === '/healthz') return method === 'GET' || method === 'HEAD' ? 200 : 405;
  if (url !== '/v1/recommend') return 404;
  return method === 'POST' && body.startsWith('{"user"') && body.endsWith('}') ? 200 : 400;
}

const gateways = new Map<string, string>();
const ends: (() => unknown)[] = [() => reference.close()];

beforeAll(async () => {
  await new Promise<void>((resolve) => reference.listen(0, '127.0.0.1', resolve));
  gateways.set('reference', `http://127.0.0.1:${(reference.address() as AddressInfo).port}`);
  for (const transport of [new NodeTransport(), new UwsTransport(loadUws())] satisfies Transport[]) {
    const harness = await startGatewayHarness({}, { transport });
    gateways.set(transport.name, harness.url);
    ends.push(() => harness.stop());
  }
});
afterAll(() => ends.forEach((end) => end()));

async function outcomes(server: string): Promise<Record<string, string>> {
  const asked = WIRE_REQUESTS.map(
    async (request) => [request.name, await wireOutcome(gateways.get(server) ?? '', request)] as const,
  );
  return Object.fromEntries(await Promise.all(asked));
}

type Difference = readonly [outcome: string, why: string];

/** Where the gateway on `node:http` differs from a plain server of `node:http`, and why. */
const ON_WS: Readonly<Record<string, Difference>> = {
  CONNECT: ['4xx closed', 'says why before it closes'],
  'an absolute address': ['2xx kept', 'a server has to take one (RFC 9112, 3.2.2)'],
  'HTTP/1.0 that keeps its connection': ['2xx kept', 'the length is known, so it can be kept'],
  'no Host': ['4xx kept', 'the front door refuses it, and where the request ends is clear'],
  'no Host and another field': ['4xx kept', 'as without another field'],
  'an empty Host': ['4xx kept', 'a page that was resolved to the gateway is known by its Host'],
  'two Hosts': ['4xx closed', 'a proxy may go by the other'],
  'gzip, then chunks': ['4xx closed', 'a proxy may read it in another way'],
};

/** Where the gateway on uWebSockets.js differs: its parser decides that before the gateway hears of it. */
const NOT_ITS_VERSION = [
  'OPTIONS of the server',
  'CONNECT',
  'an absolute address',
  'a path without a slash',
  'two spaces in the first line',
  'no version',
  'HTTP/0.9',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/1.0',
  'HTTP/1.0 without Host',
  'HTTP/1.0 that keeps its connection',
  'HTTP/1.0 with a body',
  'HTTP/1.0 as nginx speaks it',
  'lines without CR',
  'something else than HTTP',
  'chunks and a trailer',
  'garbage after a request',
];
/** Refused as elsewhere; where the request ends is clear. */
const REFUSED_AND_KEPT = ['a method that nobody knows', 'a method with a bracket', 'a body that is too long'];
const IN_CHUNKS = ['chunks', 'chunks in capital letters', 'chunks in two segments', 'many chunks'];
const SILENT = ['an empty line first', 'a chunk with an extension'];
/** A request before the one ahead of it was answered. */
const TOO_EARLY = [
  'three requests at once',
  'two requests, cut in the second',
  'a request after one that ends',
];

const all = (names: readonly string[], ...difference: Difference): Record<string, Difference> =>
  Object.fromEntries(names.map((name) => [name, difference]));

const ON_UWS: Readonly<Record<string, Difference>> = {
  ...all(NOT_ITS_VERSION, '5xx closed', 'a first line that is not of HTTP/1.1 is answered with 505'),
  ...all(REFUSED_AND_KEPT, '4xx kept', 'the gateway refuses it'),
  ...all(IN_CHUNKS, '2xx closed', 'a request in chunks is the last of its connection'),
  ...all(SILENT, 'silent', 'waits for more, and ends after 30 s'),
  ...all(TOO_EARLY, 'closed', 'the connection ends without an answer'),
  'an empty Host': ON_WS['an empty Host'],
  'two Hosts': ON_WS['two Hosts'],
  'gzip, then chunks': ON_WS['gzip, then chunks'],
  'a method in small letters': ['2xx kept', 'is read as one in capitals'],
  'Expect of something else': ['2xx kept', 'Expect is not looked at'],
};

test.each([
  ['ws', ON_WS],
  ['uws', ON_UWS],
])('what HTTP says in %s differs from node:http where the table says so alone', async (name, differences) => {
  const metrics = await (await fetch(`${gateways.get(name)}/metrics`)).text();
  expect(metrics).toContain(`afterclick_runtime_info{transport="${name}"} 1`);
  const [expected, found] = await Promise.all([outcomes('reference'), outcomes(name)]);
  for (const [request, [outcome]] of Object.entries(differences)) expected[request] = outcome;
  expect(found).toEqual(expected);
  if (name === 'ws') expect(Object.values(found).filter((outcome) => !/^\dxx/.test(outcome))).toEqual([]);
});
