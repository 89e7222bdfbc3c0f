import { describe, expect, it } from 'vitest';
import { Tracer, TRACES_PER_SEC, type FinishedTrace } from '../../../../gateway/tracing/tracer.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const SAMPLED = `00-${TRACE}-${SPAN}-01`;
const UNSAMPLED = `00-${TRACE}-${SPAN}-00`;

/** `draws` come out of the random numbers one after the other. */
function tracer({ ratio = 0, isOn = true, draws = [0.5] }) {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const ended: FinishedTrace[] = [];
  const queue = isOn ? { add: (finished: FinishedTrace) => void ended.push(finished) } : undefined;
  let drawn = 0;
  const random = () => draws[drawn++ % draws.length];
  return {
    clock,
    stats,
    ended,
    tracer: new Tracer({ ratio, queue, clock, stats, random, newId: () => 'f'.repeat(32) }),
  };
}

describe('a tracer', () => {
  it('goes by the sampled flag of the caller, whatever the ratio', () => {
    const { tracer: none } = tracer({ ratio: 0 });
    expect(none.begin(SAMPLED)).toEqual({ traceId: TRACE, parentId: SPAN, isSampled: true });
    const { tracer: all } = tracer({ ratio: 1 });
    expect(all.begin(UNSAMPLED)).toEqual({ traceId: TRACE, parentId: SPAN, isSampled: false });
  });

  it('begins a trace for the share of the others that the ratio says', () => {
    const { tracer: some } = tracer({ ratio: 0.01, draws: [0.009, 0.01] });
    expect(some.begin(undefined)).toEqual({ traceId: 'f'.repeat(32), parentId: '', isSampled: true });
    expect(some.begin(undefined)).toBeUndefined();
    expect(some.begin('00-nonsense')).toMatchObject({ parentId: '', isSampled: true });
  });

  it('keeps the id of a trace for the log when nothing is recorded', () => {
    const { tracer: off, ended } = tracer({ ratio: 1, isOn: false });
    expect(off.begin(undefined)).toBeUndefined();
    expect(off.begin(SAMPLED)).toEqual({ traceId: TRACE, parentId: SPAN, isSampled: false });
    expect(ended).toEqual([]);
  });

  it('records so many a second at most, and counts the others', () => {
    const { tracer: busy, clock, stats } = tracer({ ratio: 1, draws: [0] });
    for (let i = 0; i < TRACES_PER_SEC; i++) expect(busy.begin(SAMPLED)?.isSampled).toBe(true);
    expect(busy.begin(SAMPLED)).toMatchObject({ traceId: TRACE, isSampled: false });
    expect(busy.begin(undefined)).toBeUndefined();
    expect(stats.counterValue(COUNTER.tracesDropped.rate)).toBe(2);
    clock.advanceMs(1_000);
    expect(busy.begin(SAMPLED)?.isSampled).toBe(true);
  });

  it('records what is sampled and nothing else', () => {
    const { tracer: on, ended } = tracer({});
    const finished = (isSampled: boolean): FinishedTrace => ({
      trace: { traceId: TRACE, parentId: '', isSampled },
      name: 'click',
      fromUs: 0,
      toUs: 1,
      stages: [],
      attributes: {},
    });
    on.end(finished(false));
    on.end(finished(true));
    expect(ended).toHaveLength(1);
  });
});
