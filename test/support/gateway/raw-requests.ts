/** A request as it stands on the wire, in the segments that it is sent in. */
export interface WireRequest {
  readonly name: string;
  readonly segments: readonly string[];
  /** Answers that it asks for; 1 unless said. */
  readonly answers?: number;
}

const HOST = 'Host: 127.0.0.1\r\n';
const BODY = '{"user":"ada","slot":"home","k":3}';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const KEEP = 'Connection: keep-alive\r\n';
const NEXT = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`;

const get = (headers = '', line = 'GET /healthz HTTP/1.1'): string => `${line}\r\n${HOST}${headers}\r\n`;
const post = (headers: string, body: string): string =>
  `POST /v1/recommend HTTP/1.1\r\n${HOST}${JSON_TYPE}${headers}\r\n${body}`;
const sized = (headers = '', body = BODY): string =>
  post(`Content-Length: ${body.length}\r\n${headers}`, body);
const chunk = (text: string, size = text.length.toString(16)): string => `${size}\r\n${text}\r\n`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);
/** A field that makes the head so many bytes long, or nearly. */
const cookie = (bytes: number): string => `Cookie: ${'c'.repeat(bytes)}\r\n`;

/** Cuts a text in two at a share of it. */
function cut(text: string, share: number): readonly string[] {
  const at = Math.round(text.length * share);
  return [text.slice(0, at), text.slice(at)];
}

const whole: Readonly<Record<string, string>> = {
  GET: get(),
  HEAD: get('', 'HEAD /healthz HTTP/1.1'),
  OPTIONS: get('', 'OPTIONS /healthz HTTP/1.1'),
  'OPTIONS of the server': get('', 'OPTIONS * HTTP/1.1'),
  DELETE: get('', 'DELETE /healthz HTTP/1.1'),
  'PUT without a body': get('Content-Length: 0\r\n', 'PUT /healthz HTTP/1.1'),
  'PATCH with a body': get('Content-Length: 2\r\n', 'PATCH /healthz HTTP/1.1') + '{}',
  TRACE: get('', 'TRACE /healthz HTTP/1.1'),
  CONNECT: `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${HOST}\r\n`,
  'a method that nobody knows': get('', 'BREW /healthz HTTP/1.1'),
  'a method in small letters': get('', 'get /healthz HTTP/1.1'),
  'a method with a bracket': get('', 'GE(T /healthz HTTP/1.1'),
  'a path that is not there': get('', 'GET /nothing/here HTTP/1.1'),
  'a path with a query': get('', 'GET /healthz?a=b&c HTTP/1.1'),
  'an encoded path': get('', 'GET /%68ealthz HTTP/1.1'),
  'an absolute address': get('', 'GET http://127.0.0.1/healthz HTTP/1.1'),
  'a path without a slash': get('', 'GET healthz HTTP/1.1'),
  'two spaces in the first line': get('', 'GET  /healthz HTTP/1.1'),
  'no version': 'GET /healthz\r\n\r\n',
  'HTTP/0.9': `GET /healthz HTTP/0.9\r\n${HOST}\r\n`,
  'HTTP/1.2': get('', 'GET /healthz HTTP/1.2'),
  'HTTP/2.0': get('', 'GET /healthz HTTP/2.0'),
  'HTTP/1.0': `GET /healthz HTTP/1.0\r\n${HOST}\r\n`,
  'HTTP/1.0 without Host': 'GET /healthz HTTP/1.0\r\n\r\n',
  'HTTP/1.0 that keeps its connection': `GET /healthz HTTP/1.0\r\n${HOST}${KEEP}\r\n`,
  'HTTP/1.0 with a body': `POST /v1/recommend HTTP/1.0\r\n${HOST}${JSON_TYPE}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
  'HTTP/1.0 as nginx speaks it': `GET /healthz HTTP/1.0\r\n${HOST}Connection: close\r\n\r\n`,
  'no Host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'no Host and another field': 'GET /healthz HTTP/1.1\r\nAccept: */*\r\n\r\n',
  'an empty Host': 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n',
  'two Hosts': get(HOST),
  'Connection: close': get('Connection: close\r\n'),
  'Connection: keep-alive': get(KEEP),
  'a wish for HTTP/2': get(
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n',
  ),
  'a body and a wish for HTTP/2': sized('Connection: Upgrade\r\nUpgrade: h2c\r\n'),
  'a field without a value': get('X-Empty:\r\n'),
  'a field without a colon': get('X-Field\r\n'),
  'a space before the colon': get('X-Field : a\r\n'),
  'a folded field': get('X-Field: a\r\n b\r\n'),
  'a field with a NUL': get('X-Field: a\0b\r\n'),
  'a field that stands twice': get('X-Field: a\r\nX-Field: b\r\n'),
  'sixty fields': get(Array.from({ length: 60 }, (_, i) => `X-Field-${i}: ${i}\r\n`).join('')),
  'lines without CR': `GET /healthz HTTP/1.1\n${HOST.trim()}\n\n`,
  'an empty line first': `\r\n${get()}`,
  'something else than HTTP': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n',
  'a body': sized(),
  'Expect: 100-continue': sized('Expect: 100-continue\r\n'),
  'Expect of something else': sized('Expect: tea\r\n'),
  'a body that is too long': post(`Content-Length: 2\r\n`, '{}{}'),
  'two lengths that agree': post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
  'two lengths that differ': post('Content-Length: 2\r\nContent-Length: 4\r\n', '{}{}'),
  'a list of lengths': post('Content-Length: 2, 2\r\n', '{}'),
  'a length with a sign': post('Content-Length: +2\r\n', '{}'),
  'a length below zero': post('Content-Length: -2\r\n', '{}'),
  'a length that is no number': post('Content-Length: two\r\n', '{}'),
  'a length of more than 64 bits': post('Content-Length: 18446744073709551618\r\n', '{}'),
  'an empty length': post('Content-Length:\r\n', ''),
  chunks: chunked(chunk(BODY) + chunk('', '0')),
  'many chunks': chunked(
    Array.from(BODY)
      .map((letter) => chunk(letter))
      .join('') + chunk('', '0'),
  ),
  'a chunk with an extension': chunked(chunk(BODY, `${BODY.length.toString(16)};a=b`) + chunk('', '0')),
  'chunks and a trailer': chunked(`${chunk(BODY)}0\r\nX-Trailer: a\r\n\r\n`),
  'chunks in capital letters': post('TRANSFER-ENCODING: CHUNKED\r\n', chunk(BODY) + chunk('', '0')),
  'a chunk of 0x2': chunked(chunk('{}', '0x2') + chunk('', '0')),
  'a chunk below zero': chunked(chunk('{}', '-2') + chunk('', '0')),
  'a chunk of more than 64 bits': chunked(chunk('{}', '10000000000000002') + chunk('', '0')),
  'a chunk that is longer than it says': chunked(chunk('{}{}', '2') + chunk('', '0')),
  'chunks without CR': chunked('2\n{}\n0\n\n'),
  'chunks and a length': post(
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    chunk(BODY) + chunk('', '0'),
  ),
  'a length and chunks': post(
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    chunk(BODY) + chunk('', '0'),
  ),
  'chunks by another name': post('Transfer-Encoding: xchunked\r\n', chunk(BODY) + chunk('', '0')),
  'chunks, then gzip': post('Transfer-Encoding: chunked, gzip\r\n', chunk(BODY) + chunk('', '0')),
  'gzip, then chunks': post('Transfer-Encoding: gzip, chunked\r\n', chunk(BODY) + chunk('', '0')),
  'chunks twice': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    chunk(BODY) + chunk('', '0'),
  ),
  'a coding that is none': post('Transfer-Encoding: identity\r\nContent-Length: 2\r\n', '{}'),
  'three requests at once': get() + sized() + get('', 'GET /nothing HTTP/1.1'),
  'a request and half of one': `${get()}GET /hea`,
  'garbage after a request': `${get()}\0\0\0\0\r\n\r\n`,
  'a request after one that ends': get('Connection: close\r\n') + NEXT,
  'a cookie of 3 kB': get(cookie(3_000)),
  'a cookie of 15 kB': get(cookie(15_000)),
  'a cookie of 17 kB': get(cookie(17_500)),
  'a cookie of 700 kB': get(cookie(700_000)),
};

const inSegments: Readonly<Record<string, readonly string[]>> = {
  'a cookie of 3 kB in two segments': cut(get(cookie(3_000)), 0.5),
  'a cookie of 4 kB in two segments': cut(get(cookie(4_300)), 0.98),
  'a cookie of 15 kB in two segments': cut(get(cookie(15_000)), 0.5),
  'a first line in two segments': cut(get(), 0.1),
  'a body in two segments': cut(sized(), 0.9),
  'chunks in two segments': cut(chunked(chunk(BODY) + chunk('', '0')), 0.95),
  'two requests, cut in the second': cut(get() + get(), 0.7),
  'a letter at a time': Array.from(get()),
};

const ANSWERS: Readonly<Record<string, number | undefined>> = {
  'three requests at once': 3,
  'two requests, cut in the second': 2,
};

/** What clients, proxies and attackers send, all of it for `/healthz` or `/v1/recommend`. */
export const WIRE_REQUESTS: readonly WireRequest[] = [
  ...Object.entries(whole).map(([name, text]) => ({ name, segments: [text], answers: ANSWERS[name] })),
  ...Object.entries(inSegments).map(([name, segments]) => ({ name, segments, answers: ANSWERS[name] })),
];
