import { expect, test } from 'vitest';
import { WordReader, WordWriter } from '../../../../shards/wire/words.js';

function read(words: Float64Array): number[] {
  const reader = new WordReader(words);
  const values: number[] = [];
  while (!reader.isAtEnd) values.push(reader.next());
  return values;
}

test('numbers come out as they went in, whole ones up to 2^53 and times exactly', () => {
  const writer = new WordWriter();
  writer.put(Number.MAX_SAFE_INTEGER);
  writer.put2(1_760_000_000_000, -1);
  writer.put3(0.1, Number.NaN, Infinity);
  writer.put4(1, 2, 3, 4);
  expect(read(writer.take())).toEqual([
    Number.MAX_SAFE_INTEGER,
    1_760_000_000_000,
    -1,
    0.1,
    Number.NaN,
    Infinity,
    1,
    2,
    3,
    4,
  ]);
});

const PUTS: readonly ((writer: WordWriter, first: number) => void)[] = [
  (writer, first) => writer.put(first),
  (writer, first) => writer.put2(first, first + 1),
  (writer, first) => writer.put3(first, first + 1, first + 2),
  (writer, first) => writer.put4(first, first + 1, first + 2, first + 3),
];

test.each([1, 2, 3, 4])('it grows at any step of %i', (step) => {
  const writer = new WordWriter();
  const count = 5_000;
  for (let i = 0; i < count; i++) PUTS[step - 1](writer, i * step);
  expect(read(writer.take())).toEqual(Array.from({ length: count * step }, (_, i) => i));
});

test('what is taken is its own buffer, and the writer begins again', () => {
  const writer = new WordWriter();
  writer.put(1);
  const first = writer.take();
  writer.put(2);
  expect([read(first), read(writer.take()), writer.length]).toEqual([[1], [2], 0]);
  expect(first.buffer.byteLength).toBe(8);
});
