import { STATUS_CODES } from 'node:http';
import { corsHeaders, type PreflightHead, preflightReply } from './cors.js';
import { readHead } from './front-door.js';
import {
  codedReply,
  codingRefusal,
  isGzip,
  type PeerCoding,
  readCoding,
  unpack,
  tooLargeUnpacked,
  unpackedBytes,
} from './content-coding.js';
import { type HttpCall, type HttpReply, withBody } from './http-call.js';
import type { OpenExchange } from '../admission/open-exchanges.js';
import { problemReply } from './problem.js';
import { framingRefusal } from './request-framing.js';
import type { ServerContext } from './server-context.js';
import { forwardedBy } from './front-door.js';
import type { RawRequest, RawResponse } from './transport/transport.js';
import { joinedAtOnce, joinedInBites } from './transport/whole-body.js';

/** Bytes over its limit that a body may have and still be read to its end, so that the peer, done sending, reads the answer. */
const DISCARD_MAX_BYTES = 32 * 1024 * 1024;

/**
 * What a request takes of the thread besides what is measured of it, about: reading and parsing by the transport, its answer's way
 * through the kernel, and what is done for it together with others, such as a commit of the catalogue. `GET`s of all kinds and
 * `PATCH`es without an end took 60 µs each beyond what was measured.
 */
export const REQUEST_US = 60;

/** Shared by all requests that have none; handlers only read it. */
const NO_QUERY = new URLSearchParams();

/**
 * One request and its answer.
 *
 * Bounds: a body is kept up to its limit; what is kept of bodies, and answers that the peer has not read yet, are taken from
 * the budget of bytes. An answer is handed over as the peer reads it, and a connection on which a request
 * comes before the last one is answered is closed or waits (the transport's choice), so that a peer that sends requests and reads nothing has one answer waiting.
 * Time: the transport closes a connection after 10 s (`ws`) or 30 s (`uws`) without progress.
 */
export class HttpExchange implements OpenExchange {
  readonly #response: RawResponse;
  readonly #context: ServerContext;
  readonly #address: string;
  readonly #isHead: boolean;
  /** Answered to the last byte, or the peer is gone: the transport's object must not be touched any more. */
  #isOver = false;
  /** There is an answer, written or being written. */
  #isAnswered = false;
  /** The whole body has come in. */
  #isWhole = false;
  /** A handler has the body. */
  #isAnswering = false;
  /** Wakes who waits for the peer. */
  #ended: () => void = () => undefined;
  #bodyBytes = 0;
  #unreadBytes = 0;
  /** Where it ends two readers may see in two places, so no other request comes on its connection. */
  readonly #isLast: boolean;
  /** What lets a page of another origin read the answer. */
  #corsHeaders: Readonly<Record<string, string>> = {};
  #coding: PeerCoding = { contentEncoding: '', acceptsGzip: false, ifNoneMatch: '' };

  constructor(
    response: RawResponse,
    context: ServerContext,
    address: string,
    { isHead = false, hasChunks = false } = {},
  ) {
    this.#response = response;
    this.#context = context;
    this.#address = address;
    this.#isHead = isHead;
    this.#isLast = hasChunks && context.endsAfterChunks;
    context.exchanges.add(this);
    response.onAborted(() => this.#over());
  }

  /** Takes a request in, and answers it. */
  static serve(response: RawResponse, request: RawRequest, context: ServerContext): void {
    const startUs = context.clock.nowUs();
    const head = readHead(request);
    const isHead = head.method === 'HEAD';
    const address = context.addresses.clientOf(response.getRemoteAddress(), () => forwardedBy(request));
    const hasChunks = request.getHeader('transfer-encoding') !== '';
    const exchange = new HttpExchange(response, context, address, { isHead, hasChunks });
    exchange.#spend(REQUEST_US);
    const framing = framingRefusal(request);
    if (framing !== undefined) {
      exchange.turnAwayLater(framing);
      return;
    }
    if (exchange.#isLast && (head.method === 'GET' || isHead)) {
      exchange.turnAwayLater(problemReply('malformed', `a ${head.method} has no body in chunks`));
      return;
    }
    const turnedAway = context.frontDoor.turnAway(head);
    if (turnedAway !== undefined) {
      context.refused(turnedAway.reason);
      exchange.send(turnedAway.reply);
      return;
    }
    const waitMs = context.rates.requestWaitMs(address, startUs);
    if (waitMs > 0) {
      context.refused('rate');
      exchange.send(tooFast(waitMs));
      return;
    }
    const path = request.getUrl();
    const coding = readCoding(request);
    exchange.#coding = coding;
    exchange.#corsHeaders = corsHeaders(head, path);
    const preflight =
      head.method === 'OPTIONS' ? preflightReply(head, path, readPreflight(request)) : undefined;
    const early = preflight ?? codingRefusal(coding);
    if (early !== undefined) {
      exchange.send(early);
      return;
    }
    if (context.phase() === 'leaving' && head.method !== 'GET' && !isHead) {
      exchange.giveUp();
      return;
    }
    const call = {
      method: isHead ? 'GET' : head.method,
      path,
      query: queryOf(request),
      contentType: request.getHeader('content-type').split(';', 1)[0].trim().toLowerCase(),
      origin: head.origin,
      traceparent: request.getHeader('traceparent'),
      authorization: request.getHeader('authorization'),
      certificate: request.certificate ?? '',
      startUs,
      spend: exchange.#spend,
    };
    exchange.#readBody(call);
  }

  /** Answers, unless the peer is gone or was answered. */
  send(reply: HttpReply): void {
    const { pieces } = reply;
    if (this.#isLast && pieces === undefined) return this.turnAwayLater(reply);
    if (this.#isOver || this.#isAnswered) return void pieces?.return(undefined);
    this.#isAnswered = true;
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    this.#response.cork(() => {
      this.#writeHead(reply, this.#context.phase() !== 'open');
      if (this.#isHead) this.#endHead(body.byteLength);
      else if (pieces === undefined) this.#write(body);
    });
    if (this.#isHead) void pieces?.return(undefined);
    else if (pieces !== undefined) void this.#writePieces(pieces);
  }

  /** Answers, and ends the connection: whoever is not let in has no socket here. */
  turnAway(reply: HttpReply): void {
    this.#end(reply, false);
  }

  /**
   * Answers in the next turn, and ends the connection. Until then the transport takes no other request of it: what one that
   * is answered at once has brought with it would be read as the next.
   */
  turnAwayLater(reply: HttpReply): void {
    setImmediate(() => this.turnAway(reply));
  }

  giveUp(): void {
    const detail = 'the gateway is going away, and what became of the call is not known; send it again';
    this.#end(problemReply('draining', detail, {}, { 'retry-after': '1' }), this.#isWhole);
  }

  /** @param isLast no other request comes on this connection. */
  #writeHead(reply: HttpReply, isLast: boolean): void {
    const response = this.#response;
    response.writeStatus(`${reply.status} ${STATUS_CODES[reply.status] ?? ''}`);
    response.writeHeader('content-type', reply.contentType);
    for (const [name, value] of this.#context.headers) response.writeHeader(name, value);
    for (const headers of [this.#corsHeaders, reply.headers ?? {}])
      for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value);
    // A peer that keeps its connection would send the next request into the end of the server.
    if (isLast) response.writeHeader('connection', 'close');
  }

  #write(body: Uint8Array): void {
    const response = this.#response;
    const [, isEnded] = response.tryEnd(body, body.byteLength);
    if (isEnded) return this.#over();
    this.#unreadBytes = body.byteLength - response.getWriteOffset();
    if (!this.#take(this.#unreadBytes)) {
      this.#unreadBytes = 0;
      // Not inside the cork.
      setImmediate(() => this.#drop());
      return;
    }
    response.onWritable((offset) => {
      const [isTaken, isEndedNow] = response.tryEnd(body.subarray(offset), body.byteLength);
      if (isEndedNow) this.#over();
      return isTaken;
    });
  }

  /** One piece is on its way at a time. A peer that goes away ends the pieces. */
  async #writePieces(pieces: AsyncGenerator<string>): Promise<void> {
    try {
      for await (const piece of pieces) {
        if (this.#isOver) return;
        let isTaken = true;
        this.#response.cork(() => (isTaken = this.#response.write(Buffer.from(piece))));
        if (!isTaken) await this.#whenRead();
        if (this.#isOver) return;
      }
      this.#response.cork(() => this.#response.end(new Uint8Array(), false));
      this.#over();
    } catch {
      // The peer sees that the body is not whole.
      this.#drop();
    }
  }

  /** Resolves when the peer has read what was written, or is gone. */
  #whenRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      this.#response.onWritable(() => {
        resolve();
        return true;
      });
    });
  }

  /** HEAD: the length is told and no body follows. A peer that does not read heads is closed: they would pile up. */
  #endHead(bodyBytes: number): void {
    const [, isEnded] = this.#response.tryEnd(new Uint8Array(), bodyBytes);
    if (isEnded) this.#over();
    else setImmediate(() => this.#drop());
  }

  /** Collects the body and has it answered. Chunks are copied: their memory dies with the callback. */
  #readBody(head: Omit<HttpCall, 'body'>): void {
    const limitBytes = this.#context.bodyBytesMax(head.path);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let isDone = false;
    this.#response.onData((chunk, isLast) => {
      if (isDone) return;
      bytes += chunk.byteLength;
      this.#context.rates.spend(this.#address, chunk.byteLength, this.#context.clock.nowUs());
      const isTooLarge = bytes > limitBytes;
      if (isTooLarge) this.#discard(chunks);
      else if (chunk.byteLength > 0 && !this.#keep(chunk, chunks)) {
        isDone = true;
        return;
      }
      this.#isWhole = isLast;
      isDone = isLast || bytes > limitBytes + DISCARD_MAX_BYTES;
      if (isDone && isTooLarge) this.#refuseLarge(limitBytes, isLast);
      else if (isDone && !this.#isAnswered) this.#answer(head, chunks);
    });
  }

  /** Has the request answered when it is its turn. More requests on its connection wait, or close it. */
  #answer(head: Omit<HttpCall, 'body'>, chunks: Uint8Array[]): void {
    this.#isAnswering = true;
    const { refused, turns } = this.#context;
    if (turns.enter(this.#address, () => void this.#carryOut(head, chunks))) return;
    refused('time');
    this.#giveBody();
    this.send(tooBusy());
  }

  async #carryOut(head: Omit<HttpCall, 'body'>, chunks: Uint8Array[]): Promise<void> {
    if (!this.#isOver) {
      const { answer, bites, clock } = this.#context;
      const call = withBody(head, joinedAtOnce(chunks) ?? (await joinedInBites(chunks, bites)));
      const unpacked = isGzip(this.#coding.contentEncoding) ? await this.#unpack(call) : call;
      const startUs = clock.nowUs();
      const answering = 'status' in unpacked ? unpacked : answer(unpacked);
      this.#spent(startUs);
      const reply = await answering;
      this.#giveBody();
      const coded = await codedReply(reply, this.#coding);
      const repliedUs = clock.nowUs();
      this.send(coded);
      this.#spent(repliedUs);
    }
    this.#giveBody();
  }

  /** For what is done for the call later; bound once. */
  readonly #spend = (us: number): void =>
    this.#context.times.spend(this.#address, us, this.#context.clock.nowUs());

  /** Counts what was done since `startUs` towards the address. */
  #spent(startUs: number): void {
    const nowUs = this.#context.clock.nowUs();
    this.#context.times.spend(this.#address, nowUs - startUs, nowUs);
  }

  /** The call with its body unpacked, which counts as one that came so; or why it cannot be. */
  async #unpack(call: HttpCall): Promise<HttpCall | HttpReply> {
    if (call.body.byteLength === 0) return call;
    const refusal = tooLargeUnpacked(call.body, this.#context.bodyBytesMax(call.path));
    if (refusal !== undefined) return refusal;
    const bytes = unpackedBytes(call.body);
    if (!this.#take(bytes)) return tooManyBytes();
    this.#bodyBytes += bytes;
    const body = await unpack(call.body);
    return 'status' in body ? body : withBody(call, body);
  }

  #keep(chunk: ArrayBuffer | Uint8Array, chunks: Uint8Array[]): boolean {
    if (this.#take(chunk.byteLength)) {
      this.#bodyBytes += chunk.byteLength;
      chunks.push(new Uint8Array(chunk instanceof ArrayBuffer ? chunk.slice(0) : chunk));
      return true;
    }
    this.#discard(chunks);
    this.send(tooManyBytes());
    return false;
  }

  #discard(chunks: Uint8Array[]): void {
    chunks.length = 0;
    this.#giveBody();
  }

  /** @param isWhole false: the rest of the body is not read, and the connection has to end. */
  #refuseLarge(limitBytes: number, isWhole: boolean): void {
    this.#end(tooLarge(limitBytes), isWhole);
  }

  /** @param isWhole false: the rest of the body is not read, and the connection has to end. */
  #end(reply: HttpReply, isWhole: boolean): void {
    if (isWhole || this.#isOver || this.#isAnswered) return this.send(reply);
    this.#isAnswered = true;
    this.#response.cork(() => {
      // The transport says `connection: close` by itself.
      this.#writeHead(reply, false);
      this.#response.end(Buffer.from(reply.body), true);
    });
    this.#over();
  }

  #take(bytes: number): boolean {
    if (this.#context.bytes.take(this.#address, bytes) === 'taken') return true;
    this.#context.refused('bytes');
    return false;
  }

  #giveBody(): void {
    if (this.#bodyBytes > 0) this.#context.bytes.give(this.#address, this.#bodyBytes);
    this.#bodyBytes = 0;
  }

  #drop(): void {
    if (!this.#isOver) this.#response.close();
  }

  #over(): void {
    this.#isOver = true;
    this.#ended();
    this.#context.exchanges.delete(this);
    if (this.#unreadBytes > 0) this.#context.bytes.give(this.#address, this.#unreadBytes);
    this.#unreadBytes = 0;
    if (!this.#isAnswering) this.#giveBody();
  }
}

function tooFast(waitMs: number): HttpReply {
  const detail =
    'more requests or bytes come from this address than AFTERCLICK_ADDRESS_REQUESTS_PER_SEC or _BYTES_PER_SEC allow';
  return problemReply('rate_limited', detail, {}, { 'retry-after': `${Math.ceil(waitMs / 1_000)}` });
}

function queryOf(request: RawRequest): URLSearchParams {
  const query = request.getQuery();
  return query === '' ? NO_QUERY : new URLSearchParams(query);
}

function readPreflight(request: RawRequest): PreflightHead {
  return {
    method: request.getHeader('access-control-request-method'),
    privateNetwork: request.getHeader('access-control-request-private-network'),
  };
}

function tooLarge(limitBytes: number): HttpReply {
  return problemReply('too_large', `the body is larger than ${limitBytes} bytes; send it in parts`);
}

function tooManyBytes(): HttpReply {
  const detail =
    'too many bytes of requests are under way (AFTERCLICK_PEER_BYTES_MAX); send this one again later';
  return problemReply('overloaded', detail, {}, { 'retry-after': '1' });
}

function tooBusy(): HttpReply {
  const detail =
    'requests of this address took more than their share of a busy gateway, and too many wait; send fewer at a time. ' +
    'A server that speaks for many is listed in AFTERCLICK_PROXIES';
  return problemReply('overloaded', detail, {}, { 'retry-after': '1' });
}
