import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { WireRequest } from './raw-requests.js';

/** Longest wait for an answer; a server that has said nothing by then is taken for one that never will. */
const SILENT_MS = 2_000;
const APART_MS = 30;
/** Sent after a request: a connection that is kept answers it with 404. */
const LAST = 'GET /last HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/**
 * What became of a request that is written as it is: classes of the answers, and whether the connection was `kept`, `closed`, or
 * silent from then on, as in `2xx kept`.
 */
export async function wireOutcome(url: string, { segments, answers = 1 }: WireRequest): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setNoDelay();
  const seen = new Answers(socket);
  for (const segment of segments) {
    if (!seen.isClosed) socket.write(Buffer.from(segment, 'latin1'));
    // So that the server reads segments one by one; of very many it reads some together.
    await pause(segments.length > 10 ? 0 : APART_MS);
  }
  await seen.until(() => seen.finals.length >= answers);
  const before = seen.finals;
  if (!seen.isClosed && before.length > 0) {
    socket.write(LAST);
    await seen.until(() => seen.finals.length > before.length);
  }
  const classes = before.map((status) => `${status[0]}xx`);
  const last = seen.finals.slice(before.length);
  socket.destroy();
  const end = last.includes('404') ? 'kept' : seen.isClosed ? 'closed' : 'silent';
  return [...classes, end].join(' ');
}

/** Reads status lines until the connection ends. */
class Answers {
  readonly #socket: Socket;
  #text = '';
  isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => (this.#text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  /** Statuses of answers, without those that only say that more is to come. */
  get finals(): string[] {
    const statuses = [...this.#text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
    return statuses.filter((status) => !status.startsWith('1'));
  }

  /** Waits until it is true, the connection ends, or nothing has come for long. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#socket.off('data', look).off('close', look);
        resolve();
      };
      const look = (): void => {
        if (isTrue() || this.isClosed) end();
      };
      const timer = setTimeout(end, SILENT_MS);
      this.#socket.on('data', look).on('close', look);
      look();
    });
  }
}
