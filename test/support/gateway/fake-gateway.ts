import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { codecOf, type Codec } from '../../../gateway/protocol/codec.js';
import { WIRE_LIMITS } from '../../../gateway/protocol/limits.js';
import type {
  ClientMessage,
  ErrorCode,
  Event,
  Hello,
  ServerMessage,
  Slot,
} from '../../../gateway/protocol/messages.js';
import { SUBPROTOCOLS, type Subprotocol } from '../../../gateway/protocol/version.js';

export interface FakeGatewayOptions {
  /** Ids in the catalogue from the start; `PUT /v1/items` adds to them. */
  readonly items?: readonly string[];
  /** The list for a user, best first, from the items they clicked, oldest first; cut at the slot's `k`. */
  readonly listFor?: (clicked: readonly string[], items: readonly string[]) => readonly string[];
  /** Refuses an event with this code instead of applying it. */
  readonly refuse?: (event: Event) => ErrorCode | undefined;
  /** What `GET /v1/model` answers. */
  readonly model?: object;
  /** What `GET /metrics` answers, as text. */
  readonly metrics?: () => Promise<string> | string;
}

/** An event as it was applied. */
export interface AppliedEvent extends Event {
  readonly user: string;
}

/**
 * The contract's gateway without shards, store or model, for tests of clients: hello, events with D2 and D3, lists, acks, resume.
 * Lists go out at once, acks at the end of the tick.
 */
export class FakeGateway {
  readonly applied: AppliedEvent[] = [];
  readonly uploaded: { readonly id: string }[] = [];
  /** Most sockets that were open at once. */
  openMax = 0;
  readonly options: FakeGatewayOptions;
  readonly items: string[];
  readonly #clicked = new Map<string, string[]>();
  readonly #sessions = new Map<string, number>();
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  #held: (() => void)[] | undefined;
  #sessionCount = 0;

  private constructor(options: FakeGatewayOptions) {
    this.options = options;
    this.items = [...(options.items ?? [])];
    this.#server = createServer((request, response) => void this.#answerHttp(request, response));
    this.#sockets = new WebSocketServer({
      server: this.#server,
      path: '/v1/ws',
      perMessageDeflate: false,
      handleProtocols: (offered) => SUBPROTOCOLS.find((one) => offered.has(one)) ?? false,
    });
    this.#sockets.on('connection', (socket) => this.#accept(socket));
  }

  /** Listens on a free port of the loopback. */
  static async start(options: FakeGatewayOptions = {}): Promise<FakeGateway> {
    const gateway = new FakeGateway(options);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Applies and answers nothing for `ms`, then everything that came meanwhile. */
  stall(ms: number): void {
    this.#held = [];
    setTimeout(() => {
      const waiting = this.#held ?? [];
      this.#held = undefined;
      for (const answer of waiting) answer();
    }, ms);
  }

  /** Breaks all connections without a close frame. */
  breakConnections(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Applies an event once; its session's last `seq` after it, or the expected one when there is a gap. */
  apply(session: string, user: string, event: Event): { readonly seq: number; readonly gap: boolean } {
    const last = this.#sessions.get(session) ?? 0;
    if (event.seq > last + 1) return { seq: last + 1, gap: true };
    if (event.seq <= last) return { seq: last, gap: false };
    this.#sessions.set(session, event.seq);
    this.applied.push({ ...event, user });
    if (event.item !== undefined) this.#clickedBy(user).push(event.item);
    return { seq: event.seq, gap: false };
  }

  lastSeq(session: string): number {
    return this.#sessions.get(session) ?? 0;
  }

  newSession(): string {
    return `s${++this.#sessionCount}`;
  }

  listFor(user: string, k: number): readonly string[] {
    const clicked = this.#clickedBy(user);
    const list = this.options.listFor?.(clicked, this.items) ?? rotated(this.items, clicked.length, k);
    return list.slice(0, k);
  }

  #clickedBy(user: string): string[] {
    let clicked = this.#clicked.get(user);
    if (clicked === undefined) this.#clicked.set(user, (clicked = []));
    return clicked;
  }

  #accept(socket: WebSocket): void {
    this.openMax = Math.max(this.openMax, this.#sockets.clients.size);
    const connection = new FakeConnection(this, socket);
    socket.on('message', (frame: Buffer) => {
      if (this.#held === undefined) connection.hear(frame);
      else this.#held.push(() => connection.hear(frame));
    });
  }

  async #answerHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url}`;
    const body = await text(request);
    if (route === 'GET /metrics') response.end(await (this.options.metrics?.() ?? ''));
    else if (request.url?.startsWith('/v1/items?') === true) response.end(this.#itemPage(request.url));
    else if (route === 'GET /v1/model') response.end(JSON.stringify(this.options.model ?? {}));
    else if (route === 'PUT /v1/items') response.end(JSON.stringify(this.#putItems(body)));
    else if (route === 'POST /v1/recommend')
      response.end(JSON.stringify({ ids: this.items.slice(0, JSON.parse(body).k ?? 20) }));
    else if (route === 'POST /v1/rank')
      response.end(JSON.stringify({ ids: JSON.parse(body).candidates.slice(0, JSON.parse(body).k) }));
    else response.writeHead(404).end();
  }

  /** Of `GET /v1/items`: a page, or those of the ids asked for that there are. */
  #itemPage(path: string): string {
    const { searchParams } = new URL(path, this.url);
    const asked = searchParams.getAll('id');
    const offset = Number(searchParams.get('offset'));
    const page = this.items.slice(offset, offset + Number(searchParams.get('limit') ?? 50));
    const ids = asked.length > 0 ? asked.filter((id) => this.items.includes(id)) : page;
    return JSON.stringify({ items: ids.map((id) => ({ id })), total: this.items.length });
  }

  #putItems(ndjson: string): { readonly accepted: number } {
    const lines = ndjson.split('\n').filter((line) => line !== '');
    for (const line of lines) {
      const item = JSON.parse(line) as { id: string };
      this.uploaded.push(item);
      if (!this.items.includes(item.id)) this.items.push(item.id);
    }
    return { accepted: lines.length };
  }
}

class FakeConnection {
  readonly #gateway: FakeGateway;
  readonly #socket: WebSocket;
  readonly #codec: Codec;
  #user = '';
  #session = '';
  #slots: readonly Slot[] = [];
  #rev = 0;
  #toAck = 0;

  constructor(gateway: FakeGateway, socket: WebSocket) {
    this.#gateway = gateway;
    this.#socket = socket;
    this.#codec = codecOf((socket.protocol || 'afterclick.v1.json') as Subprotocol);
  }

  hear(frame: Buffer): void {
    const decoded = this.#codec.decode(frame);
    if (!decoded.ok) return this.#send({ t: 'error', code: 'malformed', message: decoded.problem });
    const message = decoded.message as unknown as ClientMessage;
    if (message.t === 'hello') this.#hearHello(message);
    else if (message.t === 'event') this.#hearEvent(message);
    else if (message.t === 'ping') this.#send({ t: 'pong' });
    else this.#send({ t: 'error', code: 'unknown_message', message: message.t });
  }

  #hearHello(hello: Hello): void {
    this.#session = hello.resume?.session ?? hello.session ?? this.#gateway.newSession();
    this.#user = hello.user ?? this.#session;
    this.#slots = hello.slots ?? [];
    const seq = this.#gateway.lastSeq(this.#session);
    this.#send({
      t: 'welcome',
      session: this.#session,
      user: this.#user,
      seq,
      rev: this.#rev,
      model: 'fake@1',
      idleTimeoutMs: 60_000,
      heartbeatMs: 25_000,
      limits: WIRE_LIMITS,
    });
    this.#sendLists(seq);
  }

  #hearEvent(event: Event): void {
    const code = this.#gateway.options.refuse?.(event);
    if (code !== undefined) return this.#send({ t: 'error', code, message: code, seq: event.seq });
    const { seq, gap } = this.#gateway.apply(this.#session, this.#user, event);
    if (gap)
      return this.#send({
        t: 'error',
        code: 'seq_gap',
        message: `expected ${seq}`,
        seq: event.seq,
        expected: seq,
      });
    this.#sendLists(seq);
    this.#ackLater(seq);
  }

  #sendLists(cause: number): void {
    for (const { slot, k = 20 } of this.#slots) {
      const ids = this.#gateway.listFor(this.#user, k);
      this.#send({
        t: 'recs',
        slot,
        rev: ++this.#rev,
        cause,
        ids,
        scores: ids.map((_, i) => ids.length - i),
        model: 'fake@1',
      });
    }
  }

  #ackLater(seq: number): void {
    if (this.#toAck === 0) setImmediate(() => this.#sendAck());
    this.#toAck = seq;
  }

  #sendAck(): void {
    const seq = this.#toAck;
    this.#toAck = 0;
    this.#send({ t: 'ack', seq });
  }

  #send(message: ServerMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(this.#codec.encode(message));
  }
}

function rotated(items: readonly string[], by: number, k: number): readonly string[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at, at + k), ...items.slice(0, Math.max(0, at + k - items.length))];
}
