import { beforeEach, expect, test } from 'vitest';
import { TimeShares } from '../../../../metrics/process/time-share.js';
import { ADDRESS_TIME, AddressTimes } from '../../../../gateway/admission/address-times.js';
import { ConnectionTime } from '../../../../gateway/admission/connection-time.js';
import { CONNECTION_TIME } from '../../../../gateway/socket/connection.js';

const GREEDY = '10.0.0.1';
const OTHER = '10.0.0.2';
let isBusy: boolean;
let times: AddressTimes;
let nowUs: number;

beforeEach(() => {
  isBusy = true;
  nowUs = 1_000_000;
  times = new AddressTimes(() => isBusy);
});

/** An address takes so much, and somebody else is there. */
function take(us: number): void {
  times.spend(GREEDY, us, nowUs);
  times.note(OTHER, nowUs);
}

test('an address that took more than its burst waits while the threads are busy, until time has made it good', () => {
  take(ADDRESS_TIME.burstUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
  take(1_000);
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
  expect(times.isOver(OTHER, nowUs)).toBe(false);
  nowUs += 1_000 / ADDRESS_TIME.share;
  times.note(OTHER, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
});

test('nobody waits while the threads have time', () => {
  isBusy = false;
  take(10_000_000);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
  isBusy = true;
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
});

test('what was taken while there was time is not held against an address for long', () => {
  isBusy = false;
  for (let left = 100; left > 0; left--) take(1_000_000);
  isBusy = true;
  nowUs += (ADDRESS_TIME.debtMaxUs - ADDRESS_TIME.burstUs) / ADDRESS_TIME.share;
  times.note(OTHER, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
});

test('who is alone may have everything: a load test, a shop whose server speaks for all', () => {
  times.note(OTHER, nowUs);
  for (let second = 1; second < 5; second++) {
    nowUs += 1_000_000;
    times.spend(GREEDY, 900_000, nowUs);
    expect(times.isOver(GREEDY, nowUs)).toBe(second === 1);
  }
  times.note(OTHER, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
});

test('many addresses that take more than a little have about as much together as one, and each that little', () => {
  const addresses = Array.from({ length: 5 }, (_, i) => `10.1.0.${i}`);
  let taken = 0;
  for (let turn = 0; turn < 10_000; turn++) {
    nowUs += 1_000;
    times.note(OTHER, nowUs);
    const address = addresses[turn % addresses.length];
    if (times.isOver(address, nowUs)) continue;
    taken += 1_000;
    times.spend(address, 1_000, nowUs);
  }
  const little = addresses.length * (10_000_000 * ADDRESS_TIME.lightShare + ADDRESS_TIME.lightUs);
  const together = 10_000_000 * ADDRESS_TIME.greedyShare + ADDRESS_TIME.burstUs;
  expect(taken).toBeLessThan(little + together + 10_000);
  expect(taken).toBeGreaterThan(together);
});

test('what comes from a proxy is nobody’s, and shows that somebody is there', () => {
  times.spend('', 10_000_000, nowUs);
  expect(times.isOver('', nowUs)).toBe(false);
  times.spend(GREEDY, 10_000_000, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
});

test('only the newest 10,000 addresses are remembered', () => {
  times.spend(GREEDY, 10_000_000, nowUs);
  for (let i = 0; i < 9_999; i++) times.spend(`10.2.${i >> 8}.${i & 255}`, 1, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
  for (let i = 0; i < 10_000; i++) times.spend(`10.3.${i >> 8}.${i & 255}`, 1, nowUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
});

test('thousands of clicks a second over 200 connections of one address are none of its time', () => {
  const shares = new TimeShares(CONNECTION_TIME);
  const connections = Array.from({ length: 200 }, () => new ConnectionTime(shares, GREEDY, times));
  let waits = 0;
  for (let click = 0; click < 60_000; click++) {
    nowUs += 100;
    times.note(OTHER, nowUs);
    const connection = connections[click % connections.length];
    if (connection.isOver(nowUs)) waits++;
    connection.spend(90, nowUs);
  }
  expect(waits).toBe(0);
  expect(times.isOver(GREEDY, nowUs)).toBe(false);
});

test('connections that take more than a little wait with their address, however many they are', () => {
  const shares = new TimeShares({ ...CONNECTION_TIME, greedyShare: 1 });
  const taken = { quick: 0 };
  const connections = Array.from({ length: 20 }, () => new ConnectionTime(shares, GREEDY, times));
  for (let turn = 0; turn < 10_000; turn++) {
    nowUs += 1_000;
    times.note(OTHER, nowUs);
    const connection = connections[turn % connections.length];
    if (connection.isOver(nowUs)) continue;
    connection.spend(2_500, nowUs);
    taken.quick += 2_500;
  }
  const little = connections.length * (10_000_000 * CONNECTION_TIME.lightShare + CONNECTION_TIME.lightUs);
  expect(taken.quick).toBeLessThan(little + 10_000_000 * ADDRESS_TIME.share + ADDRESS_TIME.burstUs);
  expect(times.isOver(GREEDY, nowUs)).toBe(true);
});
