import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMIT_BYTES, listOf, outboxHarness, tick, turn } from '../support/gateway/outbox-harness.js';

type Step =
  | { do: 'list'; slot: number }
  | { do: 'ack' }
  | { do: 'push'; chars: number }
  | { do: 'tick' }
  | { do: 'read'; roomBytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('list' as const), slot: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('push' as const), chars: fc.nat({ max: 400 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('read' as const), roomBytes: fc.nat({ max: 2_000 }) }),
  },
);

/** Largest frame that a step can make. */
const FRAME_MAX = 600;

test('[B1] [R3] whatever the peer reads when: newest lists, no list after a newer one, bounded bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
      const { outbox, socket } = outboxHarness(0);
      const newest = new Map<string, number>();
      let clock = 0;
      for (const one of steps) {
        if (socket.closed !== undefined) break;
        if (one.do === 'list') {
          newest.set(`slot-${one.slot}`, ++clock);
          outbox.list(`slot-${one.slot}`, listOf(clock, 8), clock);
        } else if (one.do === 'ack') outbox.ack(++clock);
        else if (one.do === 'push') outbox.push({ t: 'pong', id: 'x'.repeat(one.chars) });
        else if (one.do === 'tick') await tick();
        else if (socket.readAll(one.roomBytes)) {
          outbox.drained();
          await turn();
        }
        expect(outbox.backlogBytes()).toBeLessThanOrEqual(LIMIT_BYTES + FRAME_MAX + socket.bufferedBytes());
        expect(socket.bufferedMax).toBeLessThanOrEqual(FRAME_MAX * 2);
      }
      await tick();
      if (socket.readAll(Infinity)) outbox.drained();
      await turn();
      for (const slot of newest.keys()) {
        const revs = socket
          .of('recs')
          .filter((recs) => recs.slot === slot)
          .map(({ rev }) => rev);
        expect(revs).toEqual([...revs].sort((a, b) => a - b));
        if (socket.closed === undefined) expect(revs.at(-1)).toBe(newest.get(slot));
      }
      if (socket.closed !== undefined) expect(socket.read.at(-1)).toMatchObject({ t: 'bye', code: 4008 });
    }),
    { numRuns: 300 },
  );
});
