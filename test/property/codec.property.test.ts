import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../support/any-text.js';
import { jsonCodec, msgpackCodec, type Codec } from '../../gateway/protocol/codec.js';

const CODECS: [string, Codec][] = [
  ['MessagePack', msgpackCodec],
  ['JSON', jsonCodec],
];

const key = anyText(40).filter((name) => name !== '__proto__');
const leaf = fc.oneof(
  anyText(300),
  fc.integer(),
  fc.maxSafeInteger(),
  // JSON has no negative zero.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20, noNullPrototype: true }),
  ),
}));
const message = fc.dictionary(key, value, { maxKeys: 20, noNullPrototype: true });

describe.each(CODECS)('%s', (_name, codec) => {
  test('what is encoded is decoded again', () => {
    fc.assert(
      fc.property(message, (given) => {
        expect(codec.decode(codec.encode(given))).toEqual({ ok: true, message: given });
      }),
    );
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (frame) => void codec.decode(frame)),
      { numRuns: 500 },
    );
  });

  test('a frame with a byte changed, added or missing is read or refused', () => {
    const mutation = fc.record({
      at: fc.nat(),
      byte: fc.nat({ max: 255 }),
      remove: fc.nat({ max: 2 }),
      add: fc.boolean(),
    });
    fc.assert(
      fc.property(message, mutation, (given, { at, byte, remove, add }) => {
        const frame = [...codec.encode(given)];
        frame.splice(at % frame.length, remove, ...(add ? [byte] : []));
        const decoded = codec.decode(Uint8Array.from(frame));
        expect(decoded.ok ? Object.hasOwn(decoded.message, '__proto__') : false).toBe(false);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
