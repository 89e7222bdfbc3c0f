import { WIRE_LIMITS } from '../../../gateway/protocol/limits.js';
import type { ClientMessage, ServerMessage, Welcome } from '../../../gateway/protocol/messages.js';
import type { Clock, SessionStorage } from '../../../gateway/client/index.js';
import type { Socket } from '../../../gateway/client/link/gateway-link.js';

/** A clock that moves when told to, and runs its timers in order of time. */
export class ManualClock implements Clock {
  #nowMs = 1_000;
  #wallMs = 1_700_000_000_000;
  #timers = new Map<object, { atMs: number; run: () => void }>();

  nowMs(): number {
    return this.#wallMs + this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  /** Somebody sets the device's clock: no time passes. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  setTimer(run: () => void, delayMs: number): unknown {
    const handle = {};
    this.#timers.set(handle, { atMs: this.#nowMs + delayMs, run });
    return handle;
  }

  clearTimer(handle: unknown): void {
    this.#timers.delete(handle as object);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      let next: [object, { atMs: number; run: () => void }] | undefined;
      for (const timer of this.#timers) {
        if (timer[1].atMs <= untilMs && (!next || timer[1].atMs < next[1].atMs)) next = timer;
      }
      if (!next) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1].atMs);
      next[1].run();
    }
    this.#nowMs = untilMs;
  }
}

/** The page's end of a socket whose other end is the test. Frames are JSON text. */
export class FakeSocket implements Socket {
  binaryType = '';
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readonly url: string;
  readonly protocols: string[];
  /** What the page sent. */
  readonly sent: ClientMessage[] = [];
  isClosedByPage = false;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(frame: string | Uint8Array): void {
    this.sent.push(JSON.parse(frame as string) as ClientMessage);
  }

  close(): void {
    this.isClosedByPage = true;
  }

  open(): void {
    this.onopen?.();
  }

  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  /** Numbers of the events sent, in order. */
  get seqs(): number[] {
    return this.sent.flatMap((message) => (message.t === 'event' ? [message.seq] : []));
  }
}

/** A `WebSocket` class whose sockets a test can reach; `sockets` grows with every connect. */
export function socketFactory(): {
  sockets: FakeSocket[];
  WebSocket: new (url: string, protocols: string[]) => FakeSocket;
} {
  const sockets: FakeSocket[] = [];
  class WebSocket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return { sockets, WebSocket };
}

/** The browser's `Storage` as far as a client uses it. */
export class MapStorage implements SessionStorage {
  readonly #values = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
}

export function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    t: 'welcome',
    session: 's-1',
    user: 's-1',
    seq: 0,
    rev: 1,
    model: 'demo',
    idleTimeoutMs: 30_000,
    heartbeatMs: 10_000,
    limits: WIRE_LIMITS,
    ...fields,
  };
}
