import { STATUS_CODES } from 'node:http';

/** What `node:http` cannot read, by its code: the answer, and what to do. Everything else is 400. */
const ANSWERS: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'malformed',
    'the headers of the request are larger than 16384 bytes; send fewer of them',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'malformed', 'the request did not come in time; send it again'],
  ERR_HTTP_CONNECT: [405, 'method_not_allowed', 'CONNECT is not for a gateway; ask it for one of its paths'],
};
const MALFORMED = [
  400,
  'malformed',
  'the request is no HTTP that can be read; look at its first line, headers and chunks',
] as const;

/** The whole answer to what is no readable request; the connection ends with it. @param code of the error. */
export function unreadableAnswer(code: string): string {
  const [status, name, detail] = Object.hasOwn(ANSWERS, code) ? ANSWERS[code] : MALFORMED;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status, code: name, detail });
  return (
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\n` +
    `connection: close\r\n\r\n${body}`
  );
}
