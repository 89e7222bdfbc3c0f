import { expect, test } from 'vitest';
import {
  PARTING_BYTES_MAX,
  PARTING_MESSAGES_MAX,
  PARTING_TIMEOUTS_MAX,
  Partings,
} from '../../../../gateway/server/partings.js';
import type { RawSocket } from '../../../../gateway/server/transport/transport.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

const IDLE_MS = 8_000;

interface FakeRaw extends RawSocket<undefined> {
  buffered: number;
  readonly ends: number[];
}

/** A socket of a transport with `buffered` bytes that its peer has not read. */
function rawWith(buffered: number): FakeRaw {
  const ends: number[] = [];
  return {
    buffered,
    ends,
    send: () => 0,
    getBufferedAmount() {
      return this.buffered;
    },
    end: (code) => void ends.push(code),
    close: () => undefined,
    cork: (write) => write(),
    getUserData: () => undefined,
  };
}

function setUp() {
  const clock = new FakeClock();
  return { clock, partings: new Partings<undefined>(clock, IDLE_MS) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a close waits until its peer has read what comes before it, then the transport ends with the code', async () => {
  const { partings } = setUp();
  const raw = rawWith(5_000);
  expect(partings.keep(raw, 4008, 'slow')).toBe(true);
  raw.buffered = 1_000;
  partings.drained(raw);
  await turn();
  expect(raw.ends).toEqual([]);
  raw.buffered = 0;
  partings.drained(raw);
  expect(raw.ends).toEqual([]);
  await turn();
  expect(raw.ends).toEqual([4008]);
  expect(partings.size).toBe(0);
});

test('nothing waits for a peer who has read everything', () => {
  expect(setUp().partings.keep(rawWith(0), 4008, 'slow')).toBe(false);
});

test('who has read everything without a word of the transport is found at a look', () => {
  const { partings } = setUp();
  const raw = rawWith(5_000);
  partings.keep(raw, 4008, 'slow');
  partings.look();
  expect(raw.ends).toEqual([]);
  raw.buffered = 0;
  partings.look();
  expect(raw.ends).toEqual([4008]);
});

test('who reads too slowly is waited for so many idle timeouts, no longer', () => {
  const { clock, partings } = setUp();
  const raw = rawWith(5_000);
  partings.keep(raw, 4008, 'slow');
  clock.advanceMs(PARTING_TIMEOUTS_MAX * IDLE_MS - 1);
  partings.look();
  expect(raw.ends).toEqual([]);
  clock.advanceMs(1);
  partings.look();
  expect(raw.ends).toEqual([4008]);
});

test('so many bytes wait in all: the close that waits longest gives way', () => {
  const { partings } = setUp();
  const raws = [rawWith(PARTING_BYTES_MAX / 2), rawWith(PARTING_BYTES_MAX / 2), rawWith(1)];
  for (const raw of raws) expect(partings.keep(raw, 4008, 'slow')).toBe(true);
  expect(raws.map(({ ends }) => ends.length)).toEqual([1, 0, 0]);
  expect(partings.keep(rawWith(PARTING_BYTES_MAX + 1), 4008, 'slow')).toBe(false);
  expect(partings.size).toBe(2);
});

test('a peer who goes on sending is not waited for', () => {
  const { partings } = setUp();
  const raw = rawWith(5_000);
  partings.keep(raw, 4008, 'slow');
  for (let i = 0; i < PARTING_MESSAGES_MAX; i++) partings.heard(raw);
  expect(raw.ends).toEqual([]);
  partings.heard(raw);
  expect(raw.ends).toEqual([4008]);
});

test('a socket that is gone is not touched any more, and its bytes are free', async () => {
  const { partings } = setUp();
  const [raw, next] = [rawWith(PARTING_BYTES_MAX), rawWith(PARTING_BYTES_MAX)];
  partings.keep(raw, 4008, 'slow');
  partings.drained(raw);
  partings.gone(raw);
  raw.buffered = 0;
  await turn();
  partings.look();
  partings.keep(next, 4008, 'slow');
  expect([raw.ends, next.ends]).toEqual([[], []]);
});
