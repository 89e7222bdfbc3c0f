import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  type JournalMessage,
} from '../../../../cluster/journal/journal-message.js';
import { MESSAGE_BYTES_MAX } from '../../../../cluster/journal/checked-message.js';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { sampleRecord } from '../../../support/cluster/sample-records.js';

const owner = { node: 'node-1', run: 'abc', epoch: 7 };
const group: JournalMessage = {
  kind: 'group',
  owner,
  items: 9,
  records: [sampleRecord(40, 2), sampleRecord(42, 1, 'bob')],
};

describe('a message', () => {
  test('comes back as it was', () => {
    const own: JournalMessage = { kind: 'own', owner: { ...owner, epoch: 2 ** 40 } };
    expect(decodeMessage(encodeMessage(own))).toEqual(own);
    const back = decodeMessage(encodeMessage(group));
    expect(back.kind === 'group' && back.items).toBe(9);
    expect(back.kind === 'group' && back.records.map(({ position, count }) => [position, count])).toEqual([
      [40, 2],
      [42, 1],
    ]);
    expect(back.kind === 'group' && decodeRecord(back.records[1].bytes)).toEqual([
      { entry: 'session', user: 'bob', session: 's', seq: 42 },
    ]);
  });

  test('has the bytes of its version', () => {
    const bytes = encodeMessage({
      kind: 'group',
      owner,
      items: 17,
      records: [{ position: 3, count: 2, bytes: Uint8Array.of(9) }],
    });
    expect(Buffer.from(bytes).toString('hex')).toBe('599206779702a66e6f64652d31a36162630711039202c40109');
  });

  test('with any bit flipped is refused', () => {
    const bytes = encodeMessage(group);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const damaged = Uint8Array.from(bytes);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        expect(() => decodeMessage(damaged)).toThrow('checksum');
      }),
    );
  });

  test('cut short is refused', () => {
    for (const length of [0, 4, 10])
      expect(() => decodeMessage(encodeMessage(group).subarray(0, length))).toThrow();
  });

  test('of more bytes than a server takes is refused', () => {
    const records = [{ position: 0, count: 1, bytes: new Uint8Array(MESSAGE_BYTES_MAX) }];
    expect(() => encodeMessage({ kind: 'group', owner, items: 0, records })).toThrow(RangeError);
  });
});
