import { randomBytes } from 'node:crypto';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Clock } from '../../metrics/process/clock.js';
import type { SendTraces } from './trace-queue.js';
import type { FinishedTrace, Trace } from './tracer.js';

type Span = Parameters<OTLPTraceExporter['export']>[0][number];

/** What a request may take, tries after a refusal included. */
const SEND_MAX_MS = 5_000;
/** Of the enumerations of OpenTelemetry's API. */
const KIND = { internal: 0, server: 1 } as const;
const SAMPLED = 1;

const RESOURCE = { attributes: { 'service.name': 'afterclick' } } as unknown as Span['resource'];
const SCOPE = { name: 'afterclick' };

/** Where the collector is, and what it wants to be told with each request. */
export interface Collector {
  /** Base of its OTLP/HTTP, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Loads OpenTelemetry's exporter, which nothing but this does, and gives what sends traces as OTLP/HTTP in JSON. It tries again
 * when the collector is busy, and rejects when that takes longer than 5 s.
 */
export async function loadOtlpSender({ endpoint, headers }: Collector, clock: Clock): Promise<SendTraces> {
  const { OTLPTraceExporter: Exporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new Exporter({ url, headers: { ...headers }, timeoutMillis: SEND_MAX_MS });
  return (traces) =>
    new Promise((resolve, reject) => {
      const offsetUs = clock.nowMs() * 1_000 - clock.nowUs();
      const spans = traces.flatMap((finished) => spansOf(finished, offsetUs));
      exporter.export(spans, ({ error }) => (error === undefined ? resolve() : reject(error)));
    });
}

/** The whole first, then its stages. `offsetUs` makes epoch µs of `Clock.nowUs`. */
function spansOf({ trace, name, fromUs, toUs, stages, attributes }: FinishedTrace, offsetUs: number): Span[] {
  const wholeId = newSpanId();
  const times = (from: number, to: number) => timesOf(from + offsetUs, to + offsetUs);
  const whole = spanOf(trace, wholeId, { name, kind: KIND.server, attributes, ...times(fromUs, toUs) });
  const parts = stages.map((stage) =>
    spanOf(trace, newSpanId(), {
      name: stage.name,
      kind: KIND.internal,
      attributes: {},
      parentSpanContext: { traceId: trace.traceId, spanId: wholeId, traceFlags: SAMPLED },
      ...times(stage.fromUs, stage.toUs),
    }),
  );
  return [whole, ...parts];
}

type OwnFields = Pick<Span, 'name' | 'kind' | 'attributes' | 'startTime' | 'endTime' | 'duration'> &
  Partial<Pick<Span, 'parentSpanContext'>>;

function spanOf({ traceId, parentId }: Trace, spanId: string, own: OwnFields): Span {
  return {
    ...(parentId !== '' && {
      parentSpanContext: { traceId, spanId: parentId, traceFlags: SAMPLED, isRemote: true },
    }),
    ...own,
    spanContext: () => ({ traceId, spanId, traceFlags: SAMPLED }),
    status: { code: 0 },
    links: [],
    events: [],
    ended: true,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds, as the exporter takes them. */
function timesOf(fromUs: number, toUs: number): Pick<Span, 'startTime' | 'endTime' | 'duration'> {
  return { startTime: pair(fromUs), endTime: pair(toUs), duration: pair(toUs - fromUs) };
}

function pair(us: number): [number, number] {
  const seconds = Math.floor(us / 1e6);
  return [seconds, Math.round((us - seconds * 1e6) * 1e3)];
}

function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
