import { describe, expect, test } from 'vitest';
import { jsonCodec, msgpackCodec } from '../../../../../gateway/protocol/codec.js';
import { wireEncoders, type WireEncoder } from '../../../../../gateway/socket/outgoing/wire-encoder.js';
import { TileFields } from '../../../../../gateway/tiles/tile-fields.js';
import type { ShardList } from '../../../../../shards/wire/slot-lists.js';

const IDS = ['a', 'ümlaut', '商品-3', 'x'.repeat(128), '😀'.repeat(40), '', '"quoted"\n'];
const ITEM = {
  title: 'Tässe “grün”',
  price: 19.99,
  createdMs: 1_790_000_000_000,
  attributes: {
    colours: ['red', 'blau'],
    sale: true,
    off: false,
    degrees: -5,
    none: 0,
    long: '商'.repeat(2_048),
  },
};
const encoders = wireEncoders(
  (index) => IDS[index % IDS.length],
  (index) => (index === 2 ? undefined : { id: '', ...ITEM }),
);
const CASES: [string, WireEncoder, (frame: Uint8Array) => unknown][] = [
  ['MessagePack', encoders['afterclick.v1.msgpack'], (frame) => msgpackCodec.decode(frame)],
  ['JSON', encoders['afterclick.v1.json'], (frame) => jsonCodec.decode(frame)],
];

function list(count: number, rev: number, explain = false): ShardList {
  const items = Int32Array.from({ length: count }, (_, i) => i);
  const reasons = Array.from(items, (item) => ({
    because: [item, item + 1],
    weight: [0.75, 0.25],
    source: item % 6,
    ...(item === 1 && {
      parts: [
        { of: 0, item: 2, score: 1.5 },
        { of: 5, item: -1, score: -0.25 },
      ],
    }),
  }));
  return {
    items,
    scores: Float32Array.from(items, (item) => 2 - item / 64),
    rev,
    model: 'model@1',
    ...(explain && { reasons }),
  };
}

describe.each(CASES)('%s', (_name, encoder, decode) => {
  test.each([0, 1, 15, 16, 100, 1_000])('a list of %d items', (count) => {
    const given = list(count, 5);
    expect(decode(encoder.recs('home', given, 3))).toEqual({
      ok: true,
      message: {
        t: 'recs',
        slot: 'home',
        rev: 5,
        model: 'model@1',
        ids: Array.from(given.items, (index) => IDS[index % IDS.length]),
        scores: [...given.scores],
        cause: 3,
      },
    });
  });

  test.each([0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])(
    'cause, rev and seq %d',
    (value) => {
      expect(decode(encoder.recs('home', list(1, value), value))).toMatchObject({
        message: { rev: value, cause: value },
      });
      expect(decode(encoder.ack(value))).toEqual({ ok: true, message: { t: 'ack', seq: value } });
    },
  );

  test('one list for several connections differs in cause alone', () => {
    const given = list(20, 9);
    const [first, second] = [7, 100_000].map((cause) => decode(encoder.recs('home', given, cause)));
    expect(first).toMatchObject({ message: { cause: 7 } });
    expect(second).toEqual({
      ok: true,
      message: { ...(first as { message: object }).message, cause: 100_000 },
    });
  });

  test('the same list in another slot is another frame', () => {
    const given = list(2, 9);
    encoder.recs('home', given, 1);
    expect(decode(encoder.recs('ümlaut', given, 1))).toMatchObject({ message: { slot: 'ümlaut' } });
  });

  test('tiles go behind what all connections share, and the next list has none', () => {
    const given = list(4, 9, true);
    const names = ['price', 'title', 'colours', 'sale', 'off', 'degrees', 'none', 'createdMs', 'nothing'];
    const fields = new TileFields(names);
    const bare = decode(encoder.recs('home', given, 7)) as { message: object };
    const { attributes, ...own } = ITEM;
    const { long: _long, ...shown } = attributes;
    const tiles = { fields, items: Int32Array.from([1, 2]) };
    expect(decode(encoder.recs('home', given, 7, tiles))).toEqual({
      ok: true,
      message: { ...bare.message, items: [{ id: IDS[1], ...own, ...shown }, { id: IDS[2] }] },
    });
    const none = { fields, items: new Int32Array(0) };
    expect(decode(encoder.recs('home', given, 7, none))).toEqual({
      ok: true,
      message: { ...bare.message, items: [] },
    });
    expect(decode(encoder.recs('home', given, 7))).toEqual(bare);
    const long = { fields: new TileFields(['long']), items: Int32Array.from([1]) };
    expect(decode(encoder.recs('home', given, 7, long))).toMatchObject({
      message: { items: [{ long: attributes.long }] },
    });
  });

  test('reasons', () => {
    expect(decode(encoder.recs('home', list(2, 1, true), 1))).toMatchObject({
      message: {
        reasons: [
          { because: [IDS[0], IDS[1]], weight: [0.75, 0.25], source: 'interest' },
          {
            because: [IDS[1], IDS[2]],
            weight: [0.75, 0.25],
            source: 'together',
            parts: [
              { of: 'item', id: IDS[2], score: 1.5 },
              { of: 'base', score: -0.25 },
            ],
          },
        ],
      },
    });
  });
});
