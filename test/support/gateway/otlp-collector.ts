import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { vi } from 'vitest';

/** A span as it arrived, with what the tests look at. */
export interface ArrivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  /** Epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface WireSpan extends Omit<ArrivedSpan, 'attributes' | 'startMs' | 'endMs'> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface Request {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** How the collector answers. */
type Mood = 'takes' | 'refuses' | 'hangs';

/** A small collector of OpenTelemetry: OTLP over HTTP, in JSON, on loopback. */
export class OtlpCollector {
  readonly spans: ArrivedSpan[] = [];
  /** Headers of the last request. */
  headers: IncomingMessage['headers'] = {};
  mood: Mood = 'takes';
  requests = 0;
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The spans of a trace, once there is one named `last` among them. */
  async trace(traceId: string, last: string): Promise<ArrivedSpan[]> {
    const own = () => this.spans.filter((span) => span.traceId === traceId);
    await vi.waitFor(
      () => {
        if (!own().some(({ name }) => name === last)) throw new Error(`no ${last} in ${traceId} yet`);
      },
      { timeout: 10_000 },
    );
    return own();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    if (this.mood === 'hangs') return;
    const body = (await json(request)) as Request;
    if (this.mood === 'refuses') {
      response.writeHead(503).end();
      return;
    }
    this.headers = request.headers;
    if (request.url !== '/v1/traces') throw new Error(`spans came to ${request.url}`);
    for (const { scopeSpans } of body.resourceSpans)
      for (const { spans } of scopeSpans) this.spans.push(...spans.map(arrived));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

function arrived({ startTimeUnixNano, endTimeUnixNano, attributes, ...span }: WireSpan): ArrivedSpan {
  return {
    ...span,
    startMs: Number(startTimeUnixNano) / 1e6,
    endMs: Number(endTimeUnixNano) / 1e6,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  };
}
