import autocannon from 'autocannon';
import type { LoadPlan } from './load-run.js';

export interface HttpLoadPlan extends Omit<LoadPlan, 'arrivals' | 'warmup'> {
  readonly call: 'recommend' | 'rank';
}

/** Result of an HTTP load run; latencies in ms as autocannon took them, from the request's own sending. */
export interface HttpLoadResult {
  readonly call: string;
  readonly offeredPerSec: number;
  readonly achievedPerSec: number;
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly answers: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly not2xx: number;
}

/**
 * Calls `POST /v1/recommend` or `/v1/rank` at `rate`, each connection waiting for its answer: a closed loop, unlike the socket
 * load, so that a stall of the server shows as a lower rate and not in the latency. Rank candidates come from one
 * `recommend` of 100 items. Rejects when that gets no items.
 */
export async function runHttpLoad(plan: HttpLoadPlan): Promise<HttpLoadResult> {
  const candidates = plan.call === 'rank' ? await sampleItems(plan.url) : undefined;
  const result = await autocannon({
    url: new URL(`/v1/${plan.call}`, plan.url).href,
    connections: plan.connections,
    duration: plan.seconds,
    overallRate: plan.rate,
    // With a rate, autocannon 9 mixes seconds and milliseconds when it corrects for coordinated omission.
    ignoreCoordinatedOmission: true,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: Array.from({ length: plan.connections }, (_, i) => ({
      body: JSON.stringify({
        user: `load-http-${plan.seed}-${i}`,
        slot: 'home',
        k: plan.k,
        ...(candidates && { candidates }),
      }),
    })),
  });
  const { p50, p90, p99, p99_9: p999, max } = result.latency;
  return {
    call: plan.call,
    offeredPerSec: plan.rate,
    achievedPerSec: result.requests.average,
    latency: { p50, p90, p99, p999, max },
    answers: result['2xx'],
    errors: result.errors,
    timeouts: result.timeouts,
    not2xx: result.non2xx,
  };
}

/** The result for people. */
export function httpReport(result: HttpLoadResult): string {
  const { latency } = result;
  return [
    `POST /v1/${result.call}: offered ${result.offeredPerSec} calls/s, achieved ${result.achievedPerSec.toFixed(1)}`,
    `latency ms: p50 ${latency.p50}, p90 ${latency.p90}, p99 ${latency.p99}, p99.9 ${latency.p999}, max ${latency.max}`,
    `answers ${result.answers}, not 2xx ${result.not2xx}, errors ${result.errors} (timeouts ${result.timeouts})`,
  ].join('\n');
}

async function sampleItems(baseUrl: string): Promise<readonly string[]> {
  const response = await fetch(new URL('/v1/recommend', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'load-http-sample', slot: 'home', k: 100 }),
  });
  const ids = response.ok ? ((await response.json()) as { ids?: readonly string[] }).ids : undefined;
  if (ids === undefined || ids.length === 0)
    throw new Error(`POST /v1/recommend answered ${response.status} without items to rank`);
  return ids;
}
