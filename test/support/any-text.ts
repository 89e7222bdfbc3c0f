import fc from 'fast-check';

/** Every code point but the halves of pairs, those of other planes as often as those of the first. */
const codePoint = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0xffff }),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
);

/** Valid Unicode of any kind; `fc.string({ unit: 'binary' })` is that too, and takes more than a second to be made. */
export function anyText(maxLength = 10): fc.Arbitrary<string> {
  return fc.string({ unit: codePoint.map((code) => String.fromCodePoint(code)), maxLength });
}
