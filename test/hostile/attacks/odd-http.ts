import type { Attack } from './attack.js';
import type { Scene } from './scene.js';
import { upgradeRequest } from '../wire/hostile-socket.js';
import { requestText, type RawAnswer } from '../wire/raw-http.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Changes something: no page of somebody else's may make a browser send it. */
const CHANGES = ['POST /v1/model/rollback', 'POST /v1/snapshots', 'POST /v1/events', 'PATCH /v1/items/22423'];

type Trick = (scene: Scene) => { readonly text: string; readonly isFine?: (answer: RawAnswer) => boolean };

/** A gateway with too much to do lets nobody new in, whoever they are (503). */
const isRefused = ({ status }: RawAnswer): boolean =>
  status === 0 || status === 503 || (status >= 400 && status < 500);

/** What a page on another site, or a name that points here, can send. */
const FOREIGN: readonly Trick[] = [
  (scene) => ({
    text: upgradeRequest(scene.host, { headers: { Origin: 'https://evil.example' } }),
    // The socket is opened to be closed with 4003, which a test of the browser looks at.
    isFine: (answer) => answer.status === 101 || isRefused(answer),
  }),
  () => ({ text: upgradeRequest('evil.example'), isFine: isRefused }),
  () => ({ text: requestText('evil.example', 'GET /v1/items'), isFine: isRefused }),
  ...CHANGES.map((line): Trick => (scene) => ({
    text: requestText(scene.host, line, { Origin: 'https://evil.example', ...JSON_TYPE }, '{}'),
    isFine: isRefused,
  })),
  ...CHANGES.map((line): Trick => (scene) => ({
    text: requestText(scene.host, line, { 'Content-Type': 'text/plain' }, '{}'),
    isFine: isRefused,
  })),
];

const LINES = [
  'BREW /',
  'OPTIONS *',
  'OPTIONS /v1/events',
  'TRACE /',
  'CONNECT evil.example:443',
  'DELETE /',
  'HEAD /',
  'GET http://evil.example/',
  'GET //etc/passwd',
  'GET /../../../../etc/passwd',
  'GET /..%2f..%2fpackage.json',
  'GET /%2e%2e/%2e%2e/package.json',
  'GET /console/../../../package.json',
  'GET /%00',
  'GET /%',
  'GET /%zz%f0%28',
  'GET /v1/items/%ff%fe',
  'GET /v1/items/%ed%a0%80',
  'GET /v1/items?limit=-1&offset=99999999999999999999',
  'GET /v1/items?limit=1e9',
  'GET /v1/items?ids=' + 'a,'.repeat(2_000),
  'GET /v1/items/' + 'x'.repeat(7_000),
  'GET /v1/users/__proto__/graph',
  'GET /__proto__',
  'GET /constructor',
  'GET /v1/ws',
  'POST /v1/events',
  'POST /metrics',
  'PATCH /v1/items/__proto__',
];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'Content-Length': '-1' },
  { 'Content-Length': '99999999999999' },
  { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' },
  { 'Transfer-Encoding': 'chunked', 'Content-Length': '' },
  { Expect: '100-continue' },
  { 'X-Forwarded-For': '127.0.0.1, ::1, x', Forwarded: 'for=127.0.0.1;host=evil.example' },
  { 'X-Forwarded-Host': 'evil.example' },
  { Cookie: 'x'.repeat(16_000) },
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`X-${i}`, 'y'])),
  { 'Content-Type': 'application/json; charset=utf-16' },
  { 'Content-Type': '\u0000' },
  { 'Content-Encoding': 'gzip', ...JSON_TYPE },
  { Range: 'bytes=0-,0-,0-' },
  { 'Sec-WebSocket-Key': 'short', Upgrade: 'websocket', Connection: 'Upgrade' },
  { Host: '' },
];
const RAW = [
  '\r\n\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /\r\n\r\n',
  'GET / HTTP/1.1\nHost: x\n\n',
  'GET / HTTP/1.1\r\nHost x\r\n\r\n',
  'GET / HTTP/1.1\r\n Host: x\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000',
  'POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n',
  'POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
];

function oddRequest(scene: Scene): string {
  const pick = <T>(from: readonly T[]): T => from[scene.random(from.length)];
  if (scene.random(6) === 0) return pick(RAW);
  return requestText(
    scene.host,
    pick(LINES),
    pick(HEADERS),
    pick(['', '{}', '[]', '\u0000', '{"a":'.repeat(500)]),
  );
}

export const oddHttp: Attack = {
  name: 'odd-http',
  what: 'unknown methods, huge and false headers, traversal, junk in percent signs, bytes that are no HTTP',
  weight: 1,
  run: (scene) => scene.repeat(8, (_number, scene) => scene.raw([oddRequest(scene)], 300)),
};

async function knock(scene: Scene, number: number): Promise<void> {
  const { text, isFine } = FOREIGN[number % FOREIGN.length](scene);
  const answer = await scene.raw([text]);
  if (isFine?.(answer) === false)
    scene.problem(`${answer.status} to ${text.slice(0, 200).replaceAll('\r\n', ' | ')}`);
}

export const foreignPages: Attack = {
  name: 'foreign-pages',
  what: 'calls and sockets of a page from another site, names that point here, changes as text/plain',
  weight: 0.5,
  run: (scene) => scene.repeat(4, (number, scene) => knock(scene, number)),
};
