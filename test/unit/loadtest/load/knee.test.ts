import { describe, expect, it } from 'vitest';
import { findKnee, type KneeStep } from '../../../../loadtest/load/knee.js';
import { limitOf } from '../../../../loadtest/load/limit.js';
import { kneeReport, kneeStepLine } from '../../../../loadtest/report/knee-report.js';

const ROW = { count: 100, p50: 1, p90: 1, p99: 1, p999: 1, max: 1 };

function stepAt(ratePerSec: number, seconds: number, more: Partial<KneeStep> = {}): KneeStep {
  const rates = { ratePerSec, seconds, offeredPerSec: ratePerSec, achievedPerSec: ratePerSec };
  return { ...rates, p50: 1, p99: 5, failures: 0, generatorCpuShare: 0.4, ...more };
}

/** Looks for the knee of a server of which `more` says how it does at a rate. */
async function find(more: (ratePerSec: number, seconds: number) => Partial<KneeStep>, fromPerSec = 100) {
  const problems: (string | undefined)[] = [];
  const knee = await findKnee(
    (rate, seconds) => Promise.resolve(stepAt(rate, seconds, more(rate, seconds))),
    { fromPerSec, p99MaxMs: 10, seconds: 2 },
    (step, problem) => problems.push(kneeStepLine(step, problem)),
  );
  return { ...knee, problems, report: kneeReport(knee, 10) };
}

describe('findKnee', () => {
  it('finds the rate at which p99 passes the bound, to 4 %, and confirms it for twice the time', async () => {
    for (const limit of [140, 1_000, 7_777]) {
      const { best, end, report } = await find((rate) => ({ p99: rate > limit ? 40 : 4 }));
      expect(end).toBe('found');
      expect(best?.ratePerSec).toBeLessThanOrEqual(limit);
      expect(best?.ratePerSec).toBeGreaterThan(limit / 1.05);
      expect(best?.seconds).toBe(4);
      expect(report).toContain(`highest rate that held: ${best?.ratePerSec}/s`);
    }
  });

  it('stops at answers that fall behind, at failures, and tries a bad rate twice', async () => {
    const behind = await find((rate) => ({ achievedPerSec: Math.min(rate, 500) }));
    expect(behind.best?.ratePerSec).toBeLessThanOrEqual(515);
    expect(behind.problems.some((line) => line?.includes('answers fell behind'))).toBe(true);
    expect((await find((rate) => ({ failures: rate > 300 ? 1 : 0 }))).best?.ratePerSec).toBeLessThanOrEqual(
      300,
    );
    let noise = 0;
    const noisy = await find((rate) => ({ p99: rate > 1_000 || noise++ === 1 ? 99 : 4 }));
    expect(noisy.best?.ratePerSec).toBeGreaterThan(950);
  });

  it('offers lower rates when the first does not hold', async () => {
    const { best, end } = await find((rate) => ({ p99: rate > 430 ? 40 : 4 }), 1_000);
    expect(end).toBe('found');
    expect(best?.ratePerSec).toBeLessThanOrEqual(430);
    expect(best?.ratePerSec).toBeGreaterThan(430 / 1.05);
  });

  it('goes lower when the rate is not confirmed, and says when none held', async () => {
    const { best } = await find((rate, seconds) => ({ p99: rate > (seconds === 4 ? 800 : 1_000) ? 40 : 4 }));
    expect(best?.ratePerSec).toBeLessThanOrEqual(800);
    expect(best?.ratePerSec).toBeGreaterThan(750);
    const none = await find(() => ({ p99: 40 }));
    expect(none).toMatchObject({ best: undefined, end: 'found' });
    expect(none.report).toContain('begin lower with --rate');
  });

  it('says when the client was the limit, and tells the last rate that held', async () => {
    const limit = { kind: 'client', why: 'it was late' } as const;
    const { best, end, report } = await find((rate) => (rate > 400 ? { limit } : {}));
    expect(end).toBe('client');
    expect(best?.ratePerSec).toBe(372);
    expect(report).toContain('THE CLIENT WAS THE LIMIT');
  });

  it('offers a rate again for which the machine kept the generator waiting, and not one for which it was busy', async () => {
    const limit = { kind: 'client', why: 'it was late' } as const;
    let steps = 0;
    const stolen = await find((rate) => ({ ...(steps++ % 5 < 3 && { limit }), p99: rate > 700 ? 40 : 4 }));
    expect(stolen.end).toBe('found');
    expect(stolen.best?.ratePerSec).toBeGreaterThan(660);
    const asked: number[] = [];
    const busy = await find((rate) => {
      asked.push(rate);
      return rate > 400 ? { limit, generatorCpuShare: 0.95 } : {};
    });
    expect([busy.end, asked.filter((rate) => rate > 400).length]).toEqual(['client', 2]);
  });

  it('does not count a rate for which the server left work out', async () => {
    const { best, problems } = await find((rate) => ({ shedShare: rate > 900 ? 0.4 : 0.001 }));
    expect(best?.ratePerSec).toBeLessThanOrEqual(900);
    expect(problems.some((line) => line?.includes('left work out for 40 % of the time'))).toBe(true);
  });

  it('ends after so many steps', async () => {
    const { end, steps } = await find(() => ({}), 1e-9);
    expect(end).toBe('steps');
    expect(steps).toHaveLength(60);
  });
});

describe('limitOf', () => {
  const run = { duePerSec: 100, offeredPerSec: 100, sendLateness: ROW, generatorCpuShare: 0.5 };

  it('is none when the schedule was offered by a generator with room', () => {
    expect(limitOf(run)).toBeUndefined();
    expect(limitOf({ ...run, offeredPerSec: 98.5 })).toBeUndefined();
  });

  it('is the client when it was late or had no room, the offer when clicks could not be sent', () => {
    expect(limitOf({ ...run, sendLateness: { ...ROW, p99: 12 } })?.kind).toBe('client');
    expect(limitOf({ ...run, generatorCpuShare: 0.95 })?.kind).toBe('client');
    expect(limitOf({ ...run, offeredPerSec: 90 })?.kind).toBe('offered');
  });
});
