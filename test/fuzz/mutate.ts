/** Integers in 0 … limit − 1. */
export type Random = (limit: number) => number;

/** Bytes that mean something to JSON, MessagePack or HTTP. */
const TELLING = Buffer.from([
  ...Buffer.from('{}[]":,\\-+.eE0123456789tfn \r\n%/?&=#;'),
  0x00,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc0,
  0xc1,
  0xc4,
  0xc7,
  0xca,
  0xcb,
  0xcf,
  0xd3,
  0xd4,
  0xd9,
  0xdb,
  0xdc,
  0xdd,
  0xdf,
  0xe0,
  0xed,
  0xff,
]);
/** Texts that stand where others do not expect them. */
const ODD_TEXTS = [
  'null',
  '1e309',
  '-0',
  '9007199254740993',
  '"__proto__"',
  '"\\ud800"',
  '\ufffd',
  '[[[[[[[[[[[[[[[[',
  '{"t":"event"}',
].map((text) => Buffer.from(text));
const STACK_MAX = 4;
const RANGE_MAX = 24;

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  // A bit, a byte, a byte that means something.
  (bytes, random) => changed(bytes, random(bytes.length), (byte) => byte ^ (1 << random(8))),
  (bytes, random) => changed(bytes, random(bytes.length), () => random(256)),
  (bytes, random) => changed(bytes, random(bytes.length), () => TELLING[random(TELLING.length)]),
  // A range taken out, or twice.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  // Something put in, or the end of another one.
  (bytes, random) => inserted(bytes, random(bytes.length + 1), ODD_TEXTS[random(ODD_TEXTS.length)]),
  (bytes, random) => inserted(bytes, random(bytes.length + 1), Buffer.of(TELLING[random(TELLING.length)])),
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]),
  // Cut off.
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
];

/** A copy of `bytes`, changed in one to four ways; `other` is what a part may come from. Never longer by more than some hundred bytes. */
export function mutated(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let left = 1 + random(STACK_MAX); left > 0 && result.length > 0; left--)
    result = MUTATIONS[random(MUTATIONS.length)](result, random, other) as Buffer<ArrayBuffer>;
  return result;
}

function changed(bytes: Buffer, at: number, to: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = to(copy[at]);
  return copy;
}

function inserted(bytes: Buffer, at: number, what: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
}

function range(bytes: Buffer, random: Random): [number, number] {
  const from = random(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random(RANGE_MAX))];
}
