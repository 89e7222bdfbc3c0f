import { expect, test } from 'vitest';
import { Outstanding } from '../../../../shards/owed/outstanding.js';
import type { SaidConsent } from '../../../../shards/graph/user-consent.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
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

test('a session knows the last event that was applied; a fresh thread tells again what it applies', () => {
  const { owed, session } = owing();
  owed.applied(session.number, 2);
  owed.applied(session.number, 1);
  owed.applied(session.number + 1, 9);
  expect(session.applied).toBe(2);
  Array.from(owed.replay());
  expect(session.applied).toBe(0);
});

function consent(call: number, said: SaidConsent): Extract<ShardCall, { op: 'consent' }> {
  return { op: 'consent', call, user: 'ann', said };
}

/** What is told again of a user, in order: numbers of events, and what was said. */
const toldAgain = (owed: Outstanding) =>
  [...owed.replay()].flatMap((call): unknown[] => {
    if (call.op === 'event') return [call.event.seq];
    return call.op === 'consent' ? [call.said] : [];
  });

test('a crash tells what was taken back before the events, and what was allowed behind them', () => {
  const { owed, send } = owing();
  send(1, 1);
  const [first, second] = [{ learn: false, personalise: true }, { learn: true }];
  owed.addQuestion({ of: undefined, call: consent(50, first), answer: () => undefined });
  send(2, 2);
  owed.addQuestion({ of: undefined, call: consent(51, second), answer: () => undefined });
  expect(toldAgain(owed)).toEqual([{ learn: false }, 1, 2, first, second]);
  owed.takeQuestion(50);
  expect(toldAgain(owed)).toEqual([1, 2, second]);
});

test('what was taken back counts still when its question is given up, until it is answered or the user has gone', () => {
  const { owed, session, send } = owing();
  send(1, 1);
  const refused: string[] = [];
  for (const [call, said] of [{ learn: false }, { personalise: false }, { learn: true }].entries()) {
    owed.addQuestion({ of: undefined, call: consent(50 + call, said), answer: ({ op }) => refused.push(op) });
    owed.takeQuestion(50 + call)?.answer({ op: 'failed', call: 50 + call, message: 'down' });
    owed.keepWithdrawal(consent(50 + call, said));
  }
  expect(refused).toEqual(['failed', 'failed', 'failed']);
  const both = { learn: false, personalise: false };
  expect(toldAgain(owed)).toEqual([both, 1, both]);
  const [number] = owed.questions.keys();
  owed.takeQuestion(number);
  expect(toldAgain(owed)).toEqual([1]);
  owed.keepWithdrawal(consent(60, { learn: false }));
  expect(owed.questions.size).toBe(1);
  owed.removeSession(session);
  owed.removeChannel(session.channel);
  owed.keepWithdrawal(consent(61, { learn: false }));
  expect(owed.questions.size).toBe(0);
});

test('what is refused and taken back is told at once, again only when something was said since, and its answer settles no other', () => {
  const { owed } = owing();
  const first = owed.keepWithdrawal(consent(1, { learn: false }));
  expect(first).toMatchObject({ op: 'consent', user: 'ann', said: { learn: false } });
  expect(owed.keepWithdrawal(consent(2, { learn: false }))).toBeUndefined();
  expect(owed.keepWithdrawal(consent(3, { learn: true }))).toBeUndefined();
  owed.addQuestion({ of: undefined, call: consent(1_000, { learn: true }), answer: () => undefined });
  const second = owed.keepWithdrawal(consent(4, { learn: false }));
  expect(second).toMatchObject({ said: { learn: false } });
  expect(owed.takeQuestion(first!.call)).toBeUndefined();
  expect(owed.questions.has(second!.call)).toBe(true);
});
