import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { TurnGate } from '../../../../metrics/process/turn-gate.js';
import { AddressTimes } from '../../../../gateway/admission/address-times.js';
import {
  REQUESTS_OVER_MAX,
  REQUESTS_WAITING_MAX,
  RequestTurns,
} from '../../../../gateway/server/request-turns.js';

let clock: FakeClock;
let times: AddressTimes;
let turns: RequestTurns;
let gone: string[];

beforeEach(() => {
  clock = new FakeClock();
  times = new AddressTimes(() => true);
  turns = new RequestTurns(new TurnGate(clock, 200, 300), times, clock);
  gone = [];
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** A request that takes 0.1 ms. */
const request = (name: string) => () => {
  gone.push(name);
  clock.advanceUs(100);
};
/** The address took a second, and somebody else is there. */
function overspend(address: string): void {
  times.spend(address, 1_000_000, clock.nowUs());
  times.note('other', clock.nowUs());
}

test('requests pass while the turn has time; the rest wait, address after address', async () => {
  for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'])
    expect(turns.enter(name[0], request(name))).toBe(true);
  expect(gone).toEqual(['a1', 'a2']);
  await turn();
  expect(gone).toEqual(['a1', 'a2', 'a3', 'b1']);
  await turn();
  expect(gone.slice(4)).toEqual(['a4', 'b2']);
});

test('an address that took more than its share waits, and others pass it', async () => {
  overspend('a');
  turns.enter('a', request('a1'));
  turns.enter('b', request('b1'));
  await turn();
  await turn();
  expect(gone).toEqual(['b1']);
  clock.advanceMs(1_000);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(gone).toEqual(['b1', 'a1']);
});

test('so many of an address over its share wait, and no more; others are not concerned', async () => {
  overspend('a');
  for (let i = 0; i < REQUESTS_OVER_MAX; i++) expect(turns.enter('a', request('a'))).toBe(true);
  expect(turns.enter('a', request('a'))).toBe(false);
  expect(turns.enter('b', request('b'))).toBe(true);
  expect(gone).toEqual(['b']);
  clock.advanceMs(1_000);
  while (gone.length <= REQUESTS_OVER_MAX) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(gone.filter((name) => name === 'a')).toHaveLength(REQUESTS_OVER_MAX);
  expect(turns.enter('a', request('last'))).toBe(true);
});

test('of one that took no more than its share as many wait as come at once from a busy server', () => {
  for (let passed = 0; passed < 2; passed++) turns.enter('a', request('a'));
  for (let i = 0; i < REQUESTS_WAITING_MAX; i++) expect(turns.enter('a', request('a'))).toBe(true);
  expect(turns.enter('a', request('a'))).toBe(false);
});
