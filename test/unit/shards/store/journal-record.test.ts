import { readFileSync } from 'node:fs';
import { keyOfOldName, visitor } from '../../../../shards/store/user-key.js';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, type JournalEvent } from '../../../../shards/store/journal-record.js';
import { anyText } from '../../../support/any-text.js';

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

function fixture(version: number): Buffer {
  return readFileSync(new URL(`../../../fixtures/journal-record-${version}.bin`, import.meta.url));
}

test.each([1, 2])('a record of version %i is read as it was written then', (version) => {
  expect(decodeRecord(fixture(version))).toEqual(GOLDEN);
});

test('records are written as version 2', () => {
  expect(Buffer.from(encodeRecord(GOLDEN)).toString('hex')).toBe(fixture(2).toString('hex'));
});

test('a record with any one byte wrong is read or refused: it never hangs, and what comes back are events', () => {
  for (const version of [1, 2]) {
    const sound = fixture(version);
    for (let at = 0; at < sound.length; at++) {
      for (const wrong of [0x00, 0x7f, 0xc0, 0xff, sound[at] ^ 1, sound[at] ^ 0x80]) {
        const bytes = Buffer.from(sound);
        bytes[at] = wrong;
        let events: readonly JournalEvent[] = [];
        try {
          events = decodeRecord(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        for (const { user, items, hits, value } of events) {
          expect(typeof user).toBe('string');
          expect(Number.isNaN(value)).toBe(false);
          expect([...items, ...hits].every((item) => Number.isInteger(item) && item >= 0)).toBe(true);
        }
      }
    }
  }
});

test('an entry of a kind to come is refused', () => {
  expect(() => decodeRecord(new Packr({ useRecords: false }).pack([2, [7, 'ann']]))).toThrow(
    'entry of kind 7',
  );
});

test('any events come back', () => {
  const text = anyText(20);
  const number = fc.double({ noNaN: true }).map((value) => value + 0); // −0 becomes 0, as on the wire
  const items = fc.array(fc.nat(), { maxLength: 5 });
  const event = fc.record({
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
  });
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
  const users = (record: Uint8Array) => decodeRecord(record, keyOf).map(({ user }) => user);
  expect(users(bytes)).toEqual([visitor('ann'), 'käthe']);
  expect(users(encodeRecord(GOLDEN))).toEqual(['ann', 'käthe']);
});
