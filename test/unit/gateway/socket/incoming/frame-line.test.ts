import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import { TimeShare, TimeShares } from '../../../../../metrics/process/time-share.js';
import { TurnGate } from '../../../../../metrics/process/turn-gate.js';
import type { RankCalls } from '../../../../../gateway/calls/rank-calls.js';
import { codecOf } from '../../../../../gateway/protocol/codec.js';
import { CONNECTION_TIME } from '../../../../../gateway/socket/connection.js';
import { FrameLine, PASSES_US } from '../../../../../gateway/socket/incoming/frame-line.js';

const TURN_US = 2_000;
const LINE_US = 400;
const FRAME = Buffer.from('{"t":"ping"}');
const FRAME_US = 100;

let clock: FakeClock;
let turns: TurnGate;
let taken: string[];
let lines: FrameLine[];

beforeEach(() => {
  clock = new FakeClock();
  turns = new TurnGate(clock, TURN_US, LINE_US);
  taken = [];
  lines = [];
});
afterEach(() => {
  for (const line of lines) line.clear();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The line of a connection whose messages take 0.1 ms each. */
function newLine(name: string): FrameLine {
  const take = () => {
    taken.push(name);
    clock.advanceUs(FRAME_US);
  };
  const taker = { isHeld: false, hasEnded: false, take, pass: take, giveOrder: take };
  const context = { clock, turns, rankCalls: {} as RankCalls };
  const time = new TimeShare(new TimeShares(CONNECTION_TIME));
  const line = new FrameLine(taker, context, codecOf('afterclick.v1.json'), time);
  lines.push(line);
  return line;
}

/** A message comes in; it is carried out when it passes. */
function receive(line: FrameLine): string {
  const place = line.enter(FRAME, false, clock.nowUs());
  if (place === 'passes') clock.advanceUs(FRAME_US);
  return place;
}

const receiveMany = (line: FrameLine, count: number): string[] =>
  Array.from({ length: count }, () => receive(line));

/** A connection that has said something before. */
async function knownLine(name: string): Promise<FrameLine> {
  const line = newLine(name);
  receive(line);
  await turn();
  return line;
}

test('messages of one connection pass for a part of a turn, and those of others go on passing', async () => {
  const [many, other] = [await knownLine('many'), await knownLine('other')];
  const passing = PASSES_US / FRAME_US;
  expect(receiveMany(many, passing + 2)).toEqual([
    ...Array<string>(passing).fill('passes'),
    'waits',
    'waits',
  ]);
  expect(receive(other)).toBe('passes');
  await turn();
  expect(taken).toEqual(['many', 'many']);
  expect(receive(many)).toBe('passes');
});

test('what comes first on a connection has the time of the line, and who is known the time of the turn', async () => {
  const known = await knownLine('known');
  const strangers = Array.from({ length: 5 }, (_, i) => newLine(`stranger ${i}`));
  expect(strangers.map(receive)).toEqual(['passes', 'passes', 'passes', 'passes', 'waits']);
  expect(receive(known)).toBe('passes');
  await turn();
  expect(taken).toEqual(['stranger 4']);
});
