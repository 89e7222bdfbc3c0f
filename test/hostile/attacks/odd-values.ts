function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

const protoKey = JSON.parse('{"__proto__":{"isAdmin":true}}') as object;

/** Values that stand where they should not. Without a JSON form (NaN, bytes, undefined) they travel in MessagePack alone. */
export const ODD_VALUES: readonly unknown[] = [
  [null, true, false],
  [0, -0, 1, -1, 1.5, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 1e308, -1e308],
  [NaN, Infinity, -Infinity],
  ['', ' ', 'x', '0', 'null', 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(10_240)],
  ['\u0000', 'a\u001f\u007fb', '\u202e\ufeff', '\ud800bob', '\udc00', 'caf\u00e9', 'cafe\u0301'],
  ['\u{1f600}'.repeat(64), '\u3316'.repeat(255), '\ufdfa'.repeat(128), '\u0000'.repeat(128)],
  ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../etc/passwd', '%00', "'; --", '<script>'],
  [[], [[]], [null], [1, 2], ['x', 'x'], ['\ud800'], Array.from({ length: 2_000 }, (_, i) => `i${i}`)],
  [{}, { a: 1 }, protoKey, { constructor: { prototype: {} } }, { length: 1e9 }, { toJSON: 1 }],
  [nested(8), nested(31), nested(33), nested(300)],
  [new Uint8Array(0), new Uint8Array(64).fill(255)],
].flat();

/** Copies of `sample` with each field in turn, also inside of maps and of the first entry of lists, replaced by `value`. */
export function* withOddField(sample: object, value: unknown): Generator<object> {
  for (const [key, old] of Object.entries(sample)) {
    yield { ...sample, [key]: value };
    if (Array.isArray(old) && typeof old[0] === 'object' && old[0] !== null)
      for (const inner of withOddField(old[0] as object, value))
        yield { ...sample, [key]: [inner, ...old.slice(1)] };
    else if (Array.isArray(old)) yield { ...sample, [key]: [value, ...old] };
    else if (typeof old === 'object' && old !== null)
      for (const inner of withOddField(old, value)) yield { ...sample, [key]: inner };
  }
}
