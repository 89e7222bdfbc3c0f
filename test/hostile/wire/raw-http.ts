import { connect, type TcpNetConnectOpts } from 'node:net';

/** An HTTP answer, read from the bytes. `status` is 0 when the connection ended without one, or none came in time. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const NOTHING: RawAnswer = { status: 0, contentType: '', body: '' };

/**
 * Sends bytes as they are on a connection of their own and reads one answer; with a pause before each piece after the first.
 * Resolves in any case.
 */
export function rawHttp(
  to: TcpNetConnectOpts,
  pieces: readonly (string | Uint8Array)[],
  waitMs = 2_000,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(to);
    let text = '';
    const settle = (answer: RawAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle(answerIn(text) ?? NOTHING), waitMs);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const answer = completeAnswerIn(text);
      if (answer !== undefined) settle(answer);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => settle(answerIn(text) ?? NOTHING));
    for (const piece of pieces) socket.write(piece);
  });
}

/** A request with a body of a known length. */
export function requestText(
  host: string,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const lines: Record<string, string> = { Host: host, ...headers };
  if (body !== '' || !/^(GET|HEAD|OPTIONS) /.test(line))
    lines['Content-Length'] ??= `${Buffer.byteLength(body)}`;
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${text.join('')}\r\n${body}`;
}

function answerIn(text: string): RawAnswer | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  if (status === undefined) return undefined;
  const [head, ...rest] = text.split('\r\n\r\n');
  const contentType = /^content-type:\s*(.*)$/im.exec(head)?.[1] ?? '';
  return { status: Number(status), contentType, body: rest.join('\r\n\r\n') };
}

function completeAnswerIn(text: string): RawAnswer | undefined {
  const answer = answerIn(text);
  if (answer === undefined || !text.includes('\r\n\r\n')) return undefined;
  const length = Number(/^content-length:\s*(\d+)$/im.exec(text)?.[1] ?? 0);
  return answer.body.length >= length ? answer : undefined;
}
