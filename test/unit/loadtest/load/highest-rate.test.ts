import { describe, expect, test } from 'vitest';
import type { ClosedLoopResult } from '../../../../loadtest/load/closed-loop.js';
import { findHighestRate } from '../../../../loadtest/load/highest-rate.js';
import { climbReport, stepHead, stepLine } from '../../../../loadtest/report/rate-report.js';

const BOUNDS = { connectionsMax: 100, p99MaxMs: 50 };

function step(connections: number, ratePerSec: number, more: Partial<ClosedLoopResult> & { p99?: number }) {
  const { p99 = 5, ...rest } = more;
  const latency = { count: 100, p50: 1, p90: 2, p99, p999: 9, max: 9 };
  return { connections, ratePerSec, latency, not2xx: 0, errors: 0, generatorCpuShare: 0.5, ...rest };
}

/** Climbs on a server of which `answer` says what it does under so many connections. */
async function climb(answer: (connections: number) => ClosedLoopResult, bounds = BOUNDS) {
  const heard: number[] = [];
  const measure = (connections: number) => Promise.resolve(answer(connections));
  const result = await findHighestRate(measure, bounds, (one) => heard.push(one.connections));
  expect(heard).toEqual(result.steps.map(({ connections }) => connections));
  return { ...result, report: climbReport(result, bounds), heard };
}

describe('findHighestRate', () => {
  test('doubles the connections up to the most there may be', async () => {
    const { best, end, heard, report } = await climb((n) => step(n, n * 10, {}));
    expect(heard).toEqual([1, 2, 4, 8, 16, 32, 64, 100]);
    expect(end).toBe('connections');
    expect(best?.connections).toBe(100);
    expect(report).toContain('highest rate 1000 calls/s, over 100 connections');
    expect(report).toContain('try more with --connections');
  });

  test('ends when p99 passes its bound, and that step is not the best', async () => {
    const { best, end, heard, report } = await climb((n) => step(n, n * 10, { p99: n * 10 }));
    expect(heard).toEqual([1, 2, 4, 8]);
    expect(end).toBe('p99');
    expect(best).toMatchObject({ connections: 4, ratePerSec: 40 });
    expect(report).toContain('p99 passed 50 ms');
  });

  test('ends when two steps brought no higher rate; one alone may be noise', async () => {
    const rates: Readonly<Record<number, number>> = { 1: 100, 2: 95, 4: 180, 8: 181, 16: 170 };
    const { best, end, heard } = await climb((n) => step(n, rates[n], {}));
    expect(heard).toEqual([1, 2, 4, 8, 16]);
    expect(end).toBe('flat');
    expect(best?.connections).toBe(8);
  });

  test.each([{ errors: 1 }, { not2xx: 1 }])('ends with the first call that fails: %j', async (failure) => {
    const { best, end, heard } = await climb((n) => step(n, n, n === 4 ? failure : {}));
    expect(heard).toEqual([1, 2, 4]);
    expect(end).toBe('errors');
    expect(best?.connections).toBe(2);
  });

  test('says so when no step was good', async () => {
    const { best, report } = await climb((n) => step(n, n, { p99: 51 }));
    expect(best).toBeUndefined();
    expect(report).toContain('no step stayed within p99 50 ms without errors');
  });
});

test('a line of a step stands below its head', () => {
  const line = stepLine(step(16, 1234.4, { p99: 12.345, errors: 2, not2xx: 1 }));
  expect(line).toBe('         16     1234    1.00   12.35       3          50.0 %');
  expect(line).toHaveLength(stepHead().length);
});
