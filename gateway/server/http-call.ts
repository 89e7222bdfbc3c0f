import type { Stage } from '../tracing/stages.js';

/** One HTTP request, whole; the body is the handler's. */
export interface HttpCall {
  /** Upper case. */
  readonly method: string;
  /** As it was sent, not decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Media type in lower case, without parameters; '' when none was sent. */
  readonly contentType: string;
  /** Of the page that sent it, which the front door has let in; '' for what is no page. */
  readonly origin: string;
  /** The header as it came; '' when none did. */
  readonly authorization: string;
  /** Name in the certificate that was shown at the operators' port; '' elsewhere. */
  readonly certificate: string;
  readonly body: Uint8Array;
  /** As it was sent, not checked; '' when none was. */
  readonly traceparent: string;
  /** Epoch µs when the request came in. */
  readonly startUs: number;
  /** Counts what was done for the call after its handler returned, in µs of a thread, towards its address. */
  readonly spend?: (us: number) => void;
}

/**
 * The same call with another body. Copied field by field, as calls are on their whole way: of a spread with fields behind it the engine makes
 * a new shape each time, and whatever reads it then misses its caches (a tenth of the CPU of a `recommend`).
 */
export function withBody(call: Omit<HttpCall, 'body'>, body: Uint8Array): HttpCall {
  const { method, path, query, contentType, origin, authorization, certificate, traceparent } = call;
  const { startUs, spend } = call;
  return {
    method,
    path,
    query,
    contentType,
    origin,
    authorization,
    certificate,
    body,
    traceparent,
    startUs,
    spend,
  };
}

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /**
   * In the place of a body: its pieces, each asked for when the peer has read those before. What throws ends the connection. They are
   * read, or returned unread.
   */
  readonly pieces?: AsyncGenerator<string>;
  /** The body packed beforehand, for peers that take it so. */
  readonly gzip?: Uint8Array;
  /** With an `etag`, whoever has the body already gets 304. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What it was made in, for `Server-Timing` and traces. */
  readonly stages?: readonly Stage[];
}

export type HttpHandler = (call: HttpCall) => HttpReply | Promise<HttpReply>;

/** An answer for people, in plain text. */
export function textReply(text: string): HttpReply {
  return { status: 200, contentType: 'text/plain; charset=utf-8', body: text };
}

/** An answer in JSON. */
export function jsonReply(value: unknown, status = 200): HttpReply {
  return { status, contentType: 'application/json', body: JSON.stringify(value) };
}
