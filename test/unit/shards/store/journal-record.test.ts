import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord, type JournalEvent } from '../../../../shards/store/journal-record.js';

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

test('a record of version 1 is read as it was written then', () => {
  const bytes = readFileSync(new URL('../../../fixtures/journal-record-1.bin', import.meta.url));
  expect(decodeRecord(bytes)).toEqual(GOLDEN);
  expect(Buffer.from(encodeRecord(GOLDEN)).toString('hex')).toBe(bytes.toString('hex'));
});

test('any events come back', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
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
    'version 99; this build reads version 1',
  );
});
