import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '../../../support/any-text.js';
import { brokenUtf8At } from '../../../../gateway/protocol/utf8.js';

const fatal = new TextDecoder('utf-8', { fatal: true });

function isDecodable(bytes: Uint8Array): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes at which the rules of UTF-8 turn. */
const EDGES = '00 41 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff'.split(' ');
const edge = fc.constantFrom(...EDGES).map((hex) => Number.parseInt(hex, 16));

test('it agrees with the decoder of the platform on what is UTF-8', () => {
  const bytes = fc.oneof(
    fc.array(edge, { maxLength: 12 }).map((list) => Uint8Array.from(list)),
    fc.uint8Array({ maxLength: 40 }),
    anyText(40).map((text) => new TextEncoder().encode(text)),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const at = brokenUtf8At(given, 0, given.length);
      expect(at < 0).toBe(isDecodable(given));
      if (at >= 0) expect(isDecodable(given.subarray(0, at))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('it looks between its bounds alone', () => {
  const bytes = Uint8Array.of(0xff, 0x41, 0xc3, 0xa9, 0xff);
  expect([brokenUtf8At(bytes, 1, 4), brokenUtf8At(bytes, 1, 3), brokenUtf8At(bytes, 0, 5)]).toEqual([
    -1, 2, 0,
  ]);
});
