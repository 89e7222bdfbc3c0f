import { readFileSync } from 'node:fs';
import { keyOfOldName, visitor } from '../../../../shards/store/user-key.js';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { isEvent, type JournalEntry, type JournalEvent } from '../../../../shards/store/journal-entry.js';
import {
  decodeEvents,
  decodeRecord,
  encodeRecord,
  LaterVersionError,
  recordTime,
} from '../../../../shards/store/journal-record.js';
import { anyText } from '../../../support/any-text.js';
import { readRecords } from '../../../../shards/quarantine/read-records.js';
import { laterRecord } from '../../../support/store/later-record.js';

const GOLDEN: readonly JournalEvent[] = [
  {
    user: 'ann',
    session: 's-1',
    seq: 1,
    kind: 3,
    tsMs: 1_760_000_000_123,
    items: [7],
    value: 0,
    quantity: 1,
    query: '',
    hits: [],
    eventId: '',
  },
  {
    user: 'käthe',
    session: '',
    seq: 0,
    kind: 10,
    tsMs: 1_760_000_000_456,
    items: [],
    value: 2.5,
    quantity: 3,
    query: 'rote Lampe',
    hits: [1, 262_143],
    eventId: 'e-1',
  },
];

/** One entry of every kind, twice where something may be missing. */
const ENTRIES: readonly JournalEntry[] = [
  ...GOLDEN,
  { entry: 'given', visitor: visitor('s-1'), into: 'ann' },
  {
    entry: 'merged',
    visitor: visitor('s-1'),
    into: 'ann',
    sessionId: 's-1',
    seq: 7,
    state: Uint8Array.of(2, 0, 255),
    eventIds: ['e-1', ''],
  },
  {
    entry: 'merged',
    visitor: visitor('s-2'),
    into: 'käthe',
    sessionId: '',
    seq: 0,
    state: undefined,
    eventIds: [],
  },
  { entry: 'forgotten', visitor: visitor('s-1'), into: 'ann', seq: 7 },
  { entry: 'adopted', tag: 4_294_967_295, name: 'demo-2' },
  { entry: 'rev', rev: 30_000_000_123 },
  { entry: 'session', user: 'ann', session: 's-3', seq: 12 },
  { entry: 'replaced', user: 'ann', state: Uint8Array.of(2, 1) },
  { entry: 'replaced', user: 'ann', state: undefined },
  { entry: 'alias', user: visitor('s-4'), to: 'ann' },
  { entry: 'alias', user: 's-4', to: undefined },
  { entry: 'removed', user: 'käthe' },
];

/** A record as it was written: `1`; `2-unchecked`, of version 2 before there were checksums and other entries than events; `2`; `2-timed`. */
function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/journal-record-${name}.bin`, import.meta.url));
}

test.each(['1', '2-unchecked'])('record %s is read as it was written then', (name) => {
  expect(decodeRecord(fixture(name))).toEqual(GOLDEN);
});

test('records are written as version 2, with entries of every kind, and read again', () => {
  expect(Buffer.from(encodeRecord(ENTRIES)).toString('hex')).toBe(fixture('2').toString('hex'));
  expect(decodeRecord(fixture('2'))).toEqual(ENTRIES);
  expect(decodeEvents(fixture('2'))).toEqual(GOLDEN);
});

test('a record says when it was committed, beside its entries; an older one is of the time of its latest event', () => {
  const timed = encodeRecord(ENTRIES, 1_790_000_000_123);
  expect(Buffer.from(timed).toString('hex')).toBe(fixture('2-timed').toString('hex'));
  expect(decodeRecord(fixture('2-timed'))).toEqual(ENTRIES);
  expect(recordTime(fixture('2-timed'))).toBe(1_790_000_000_123);
  expect(recordTime(encodeRecord([], 7))).toBe(7);
  for (const name of ['1', '2-unchecked', '2']) expect(recordTime(fixture(name))).toBe(1_760_000_000_456);
  expect(recordTime(encodeRecord([{ entry: 'rev', rev: 3 }]))).toBeUndefined();
  timed[timed.length - 1] ^= 1;
  expect(() => recordTime(timed)).toThrow('checksum');
});

test('one flipped bit anywhere in a record with a checksum is noticed', () => {
  for (const entries of [
    [],
    ENTRIES.slice(0, 1),
    ENTRIES,
    Array.from({ length: 70_000 }, () => ENTRIES[6]),
  ]) {
    const sound = Buffer.from(encodeRecord(entries));
    expect(decodeRecord(sound)).toEqual(entries);
    for (let bit = 0; bit < Math.min(sound.length * 8, entries.length > 100 ? 100 : 6_000); bit++) {
      sound[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decodeRecord(sound), `bit ${bit} of ${entries.length} entries`).toThrow();
      sound[bit >> 3] ^= 1 << (bit & 7);
    }
  }
});

test('a record that was cut off, or has something behind it, is refused', () => {
  const sound = Buffer.from(encodeRecord(ENTRIES));
  for (let length = 0; length < sound.length; length++)
    expect(() => decodeRecord(sound.subarray(0, length)), `${length} bytes`).toThrow();
  expect(() => decodeRecord(Buffer.concat([sound, Buffer.from([0])]))).toThrow('checksum');
});

test('what was read shares nothing with the bytes it was read from', () => {
  const bytes = Buffer.from(encodeRecord(ENTRIES));
  const read = decodeRecord(bytes);
  bytes.fill(0);
  expect(read).toEqual(ENTRIES);
});

test('an older record with any one byte wrong is read or refused: it never hangs, and what comes back are events', () => {
  for (const name of ['1', '2-unchecked']) {
    const sound = fixture(name);
    for (let at = 0; at < sound.length; at++) {
      for (const wrong of [0x00, 0x7f, 0xc0, 0xff, sound[at] ^ 1, sound[at] ^ 0x80]) {
        const bytes = Buffer.from(sound);
        bytes[at] = wrong;
        let entries: readonly JournalEntry[] = [];
        try {
          entries = decodeRecord(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        for (const { user, items, hits, value } of entries.filter(isEvent)) {
          expect(typeof user).toBe('string');
          expect(Number.isNaN(value)).toBe(false);
          expect([...items, ...hits].every((item) => Number.isInteger(item) && item >= 0)).toBe(true);
        }
      }
    }
  }
});

test('an entry of a kind to come is refused', () => {
  expect(() => decodeRecord(new Packr({ useRecords: false }).pack([2, [16, 'ann']]))).toThrow(
    'entry of kind 16',
  );
});

test.each(['kind', 'version'] as const)('a whole record of a later %s is told from a damaged one', (what) => {
  const bytes = laterRecord(what);
  expect(() => decodeRecord(bytes)).toThrow(LaterVersionError);
  expect(() => decodeRecord(bytes)).toThrow('A later version wrote it: start that one');
  const read = () => [...readRecords(storeOf(bytes), { take: () => undefined }, 0)];
  expect(read).toThrow(LaterVersionError);
  bytes[bytes.length - 1] ^= 1;
  expect(() => decodeRecord(bytes)).not.toThrow(LaterVersionError);
  expect(read()).toEqual([]);
});

/** A store whose journal has one record. */
function storeOf(bytes: Uint8Array): Parameters<typeof readRecords>[0] {
  const journal = {
    start: 0,
    end: 1,
    bytes: 0,
    pieces: () => [],
    from: () => [{ position: 0, count: 1, bytes }],
  };
  return { journal, alias: () => undefined };
}

test('any events come back', () => {
  const text = anyText(20);
  const number = fc.double({ noNaN: true }).map((value) => value + 0); // −0 becomes 0, as on the wire
  const items = fc.array(fc.nat(), { maxLength: 5 });
  const required = {
    user: text,
    session: text,
    seq: fc.maxSafeNat(),
    kind: fc.nat(14),
    tsMs: fc.maxSafeNat(),
    items,
    value: number,
    quantity: number,
    query: text,
    hits: items,
    eventId: text,
  };
  const later = { untaught: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), campaign: text };
  const event = fc.record(
    { ...required, ...later },
    { requiredKeys: Object.keys(required) as (keyof typeof required)[] },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), (events) => {
      expect(decodeRecord(encodeRecord(events))).toEqual(events);
    }),
  );
});

test('a record of a later version is refused by its number', () => {
  expect(() => decodeRecord(new Packr({ useRecords: false }).pack([99]))).toThrow(
    'version 99; this build reads versions up to 2',
  );
});

test('users of version 1 are who the aliases say they were; those of later versions are who they are', () => {
  const bytes = readFileSync(new URL('../../../fixtures/journal-record-1.bin', import.meta.url));
  const keyOf = (user: string) =>
    keyOfOldName({ alias: (name) => (name === 'ann' ? visitor('ann') : undefined) }, user);
  const users = (record: Uint8Array) => decodeEvents(record, keyOf).map(({ user }) => user);
  expect(users(bytes)).toEqual([visitor('ann'), 'käthe']);
  expect(users(encodeRecord(GOLDEN))).toEqual(['ann', 'käthe']);
});

test('a model that a cluster has decided for has its number', () => {
  const entry: JournalEntry = { entry: 'adopted', tag: 7, name: 'demo-3', number: 4 };
  expect(decodeRecord(encodeRecord([entry]))).toEqual([entry]);
});
