import { AnswerReader } from './answer-reader.js';
import { RawConnection } from './raw-connection.js';
import { tokenHeaders } from './shown-token.js';

/** Hears how a call ended: with a status, or with 0 and a reason. */
export type AnswerListener = (status: number, failure: string) => void;

/** A call that waits for a connection. */
interface Waiting {
  readonly body: string;
  readonly heard: AnswerListener;
}

/** A call without an answer for this long, from when it has a connection, has failed. */
export const ANSWER_MS = 10_000;
const LOOK_MS = 250;

/** POSTs JSON to one address over so many kept connections, each with one call at a time; what finds none free waits in order. */
export class HttpCaller {
  readonly #url: URL;
  readonly #head: string;
  readonly #waiting: Waiting[] = [];
  readonly #lines: Line[] = [];
  readonly #free: Line[] = [];
  readonly #connections: number;
  readonly #looking: NodeJS.Timeout;

  constructor(url: URL, connections: number) {
    this.#url = url;
    this.#connections = connections;
    const { authorization } = tokenHeaders();
    this.#head =
      `POST ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: keep-alive\r\n` +
      `${authorization === undefined ? '' : `Authorization: ${authorization}\r\n`}Content-Type: application/json\r\nContent-Length: `;
    this.#looking = setInterval(() => {
      for (const line of this.#lines) line.look(performance.now());
    }, LOOK_MS);
  }

  /** Calls that wait for a connection. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  call(body: string, heard: AnswerListener): void {
    const line = this.#free.pop() ?? this.#newLine();
    if (line === undefined) this.#waiting.push({ body, heard });
    else this.#start(line, body, heard);
  }

  close(): void {
    clearInterval(this.#looking);
    for (const line of this.#lines) line.close();
  }

  #newLine(): Line | undefined {
    if (this.#lines.length === this.#connections) return undefined;
    const line = new Line(this.#url);
    this.#lines.push(line);
    return line;
  }

  #start(line: Line, body: string, heard: AnswerListener): void {
    const request = `${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`;
    line.call(request, (status, failure) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(line);
      else this.#start(line, next.body, next.heard);
      heard(status, failure);
    });
  }
}

/** One connection, opened when a call needs it and again when it was lost. */
class Line {
  readonly #url: URL;
  #connection: RawConnection | undefined;
  #heard: AnswerListener | undefined;
  #sinceMs = 0;

  constructor(url: URL) {
    this.#url = url;
  }

  call(request: string, heard: AnswerListener): void {
    this.#heard = heard;
    this.#sinceMs = performance.now();
    // What is written before it is open waits in the socket.
    (this.#connection ??= this.#open()).write(Buffer.from(request));
  }

  look(nowMs: number): void {
    if (this.#heard !== undefined && nowMs - this.#sinceMs > ANSWER_MS) this.#lose('timeout');
  }

  close(): void {
    this.#heard = undefined;
    this.#connection?.destroy();
  }

  #open(): RawConnection {
    const reader = new AnswerReader((status) => this.#end(status, ''));
    const connection = new RawConnection(this.#url, {
      opened: () => undefined,
      bytes: (bytes) => {
        const problem = reader.read(bytes);
        if (problem !== undefined && this.#connection === connection) this.#lose(problem);
      },
      closed: (failure) => {
        if (this.#connection === connection) this.#lose(failure || 'the connection was closed');
      },
    });
    return connection;
  }

  #lose(failure: string): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#end(0, failure);
  }

  #end(status: number, failure: string): void {
    const heard = this.#heard;
    this.#heard = undefined;
    heard?.(status, failure);
  }
}
