import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIntact, isUnsealed, seal, unsealed } from '../../../../shards/store/seal.js';

const KEY = Buffer.from('key');

test('any bytes come back, empty ones too', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array(), (key, bytes) => {
      const value = seal(key, bytes);
      expect(isIntact(key, value)).toBe(true);
      expect(isUnsealed(value)).toBe(false);
      expect(Buffer.from(unsealed(value))).toEqual(Buffer.from(bytes));
    }),
  );
  expect(isIntact(KEY, Buffer.from(seal(KEY, new Uint8Array(0))))).toBe(true);
});

test('every other byte at every position of value and key is noticed, and so is a value that is cut', () => {
  const sound = seal(KEY, Buffer.from('a state of somebody'));
  for (let at = 0; at < sound.length; at++) {
    for (let bits = 1; bits < 256; bits++) {
      const value = Buffer.from(sound);
      value[at] ^= bits;
      expect(isIntact(KEY, value)).toBe(false);
    }
    expect(isIntact(KEY, sound.subarray(0, at))).toBe(false);
  }
  for (let at = 0; at < KEY.length; at++) {
    const key = Buffer.from(KEY);
    key[at] ^= 1;
    expect(isIntact(key, sound)).toBe(false);
  }
});

test('no flipped bit makes a sealed value look like one from before there were seals', () => {
  const sound = seal(KEY, Buffer.from('a state'));
  for (let bit = 0; bit < 8; bit++) {
    const value = Buffer.from(sound);
    value[0] ^= 1 << bit;
    expect(isUnsealed(value)).toBe(false);
  }
  for (const first of [0, 1, 2]) expect(isUnsealed(Buffer.from([first]))).toBe(true);
});
