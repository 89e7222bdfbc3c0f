import { expect, test } from 'vitest';
import { allowsPersonalisedAds } from '../../../../../gateway/http/ranks/consent.js';

/** The core of a consent string of this version, with these purposes. */
function consentOf(version: number, purposes: readonly number[]): string {
  const bits = new Uint8Array(240);
  for (let i = 0; i < 6; i++) bits[i] = (version >> (5 - i)) & 1;
  for (const purpose of purposes) bits[152 + purpose - 1] = 1;
  const bytes = Uint8Array.from({ length: 30 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2));
  return Buffer.from(bytes).toString('base64url');
}

test.each([
  ['with purpose 4', consentOf(2, [1, 3, 4]), true],
  ['with more behind the core', `${consentOf(2, [4])}.IFoEUQQgAIQwgIwQABAEAAAA`, true],
  ['with all but it', consentOf(2, [1, 2, 3, 5, 6, 7, 8, 9, 10]), false],
  ['of another version', consentOf(1, [4]), false],
  ['cut short', consentOf(2, [4]).slice(0, 20), false],
  ['of words', 'yes please, everything, whatever it is and for as long as you like', false],
  ['empty', '', false],
  ['absent', undefined, false],
])('a consent string %s', (_what, consent, allows) => {
  expect(allowsPersonalisedAds(consent)).toBe(allows);
});
