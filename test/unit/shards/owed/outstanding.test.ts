import { expect, test } from 'vitest';
import { Outstanding } from '../../../../shards/owed/outstanding.js';
import { anEvent } from '../../../support/shards/shard-calls.js';

const BOUNDS = { queueMax: 1_000, queueUserMax: 100, ranksMax: 10, ranksUserMax: 5 };

function owing() {
  let number = 0;
  const owed = new Outstanding(0, BOUNDS, () => ++number);
  const session = owed.hold('ann', 's');
  const send = (from: number, to: number): void => {
    for (let seq = from; seq <= to; seq++) owed.addEvent(session, anEvent({ seq, on: [1] }));
  };
  return { owed, session, send, roomFor: (count: number) => owed.noRoomFor(count, session.channel, 8) };
}

test('under too much load what may wait to be carried out is bounded; what only waits for the disk is not', () => {
  const { owed, session, send, roomFor } = owing();
  send(1, 8);
  expect([roomFor(0), roomFor(1), owed.noRoomFor(1, session.channel)]).toEqual([
    undefined,
    'busy',
    undefined,
  ]);
  for (let i = 0; i < 5; i++) owed.heard();
  expect([roomFor(5), roomFor(6)]).toEqual([undefined, 'busy']);
  owed.settle(session.number, 8);
  expect([roomFor(8), roomFor(9)]).toEqual([undefined, 'busy']);
});

test('a refusal gives its room back, and so does an answer to an event without a session', () => {
  const { owed, session, send, roomFor } = owing();
  send(1, 7);
  owed.refuse(session.number, 7);
  owed.heard();
  const call = { op: 'event', call: 99, channel: 1, session: 0, event: anEvent({ on: [1] }) } as const;
  owed.addQuestion({ of: session.channel, call, answer: () => undefined });
  expect(roomFor(2)).toBe('busy');
  owed.takeQuestion(99);
  expect([roomFor(2), roomFor(3)]).toEqual([undefined, 'busy']);
});

test('after a crash all that is told again waits again', () => {
  const { owed, send, roomFor } = owing();
  send(1, 8);
  for (let i = 0; i < 8; i++) owed.heard();
  expect(roomFor(8)).toBeUndefined();
  expect([...owed.replay()].filter(({ op }) => op === 'event')).toHaveLength(8);
  expect(roomFor(1)).toBe('busy');
});
