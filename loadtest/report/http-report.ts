import type { HttpLoadResult } from '../load/http-load.js';
import { limitLines } from '../load/limit.js';

/** The result for people. A rate that was not offered is not told. */
export function httpReport(result: HttpLoadResult): string {
  const { p50, p90, p99, p999, max } = result.latency;
  const [a, b, c, d, e] = [p50, p90, p99, p999, max].map((ms) => ms.toFixed(2));
  const rate = `: offered ${result.offeredPerSec.toFixed(1)} calls/s, achieved ${result.achievedPerSec.toFixed(1)}`;
  return [
    `POST /v1/${result.call}${result.limit === undefined ? rate : ''}`,
    `latency ms: p50 ${a}, p90 ${b}, p99 ${c}, p99.9 ${d}, max ${e}`,
    `sent late by ms: p99 ${result.sendLateness.p99.toFixed(2)}; generator busy ${(100 * result.generatorCpuShare).toFixed(0)} % of a core`,
    ...(result.limit === undefined ? [] : limitLines(result.limit)),
    `answers ${result.answers}, not 2xx ${result.not2xx}, errors ${result.errors} (timeouts ${result.timeouts})`,
  ].join('\n');
}
