import { expect, test } from 'vitest';
import {
  readBodyText,
  restedListProblem,
  restedTexts,
} from '../../../../../gateway/http/bodies/body-values.js';
import { ENTRIES_MAX } from '../../../../../gateway/protocol/limits.js';

/** A thread that has to rest at each look. */
function counting() {
  const rests = { count: 0, isOver: true, rest: () => Promise.resolve(void rests.count++) };
  return rests;
}

const bytesOf = (body: string | Uint8Array): Uint8Array => Buffer.from(body as string);

const readAll = async (body: string | Uint8Array) => {
  const values: unknown[] = [];
  for await (const { text } of restedTexts(bytesOf(body), counting())) {
    const read = readBodyText(text);
    values.push('value' in read ? read.value : read.problem.message);
  }
  return values;
};
const E_ACUTE = Buffer.from([0xe9]);
const broken = (...parts: (string | Uint8Array)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const NO_UNICODE = 'id is not valid Unicode';

test('text that is not valid Unicode is refused line by line in NDJSON', async () => {
  const body = broken('{"id":"a"}\n{"id":"caf', E_ACUTE, '"}\n{"id":"\\ud800"}\n{"id":"d"}\n{');
  const values = await readAll(body);
  expect(values.slice(0, 4)).toEqual([{ id: 'a' }, NO_UNICODE, NO_UNICODE, { id: 'd' }]);
  expect(values[4]).toMatch(/^it is not JSON/);
});

test('and member by member in a list', async () => {
  const body = broken('[{"id":"a"},{"id":"caf', E_ACUTE, '"},{"id":"caf', E_ACUTE, '"},{"id":"\\ud800"}]');
  expect(await readAll(body)).toEqual([{ id: 'a' }, NO_UNICODE, NO_UNICODE, NO_UNICODE]);
});

test('a value has no more maps, lists and keys than a message, also where the body is one value', async () => {
  const lists = (count: number) => Array.from({ length: count }, () => []);
  const most = JSON.stringify({ own: lists(ENTRIES_MAX - 3) });
  const more = JSON.stringify({ own: lists(ENTRIES_MAX - 2) });
  expect(readBodyText(most)).toHaveProperty('value');
  expect(await readAll(more)).toEqual([`it is not JSON: more than ${ENTRIES_MAX} maps, lists and keys`]);
});

test('the reader rests between values, in lists whose members have no end, and where lines are empty', async () => {
  for (const body of ['[1,2,3]', '1\n2\n3', '\n'.repeat(5_000), `["${'x'.repeat(50_000)}"]`]) {
    const rests = counting();
    for await (const { line } of restedTexts(bytesOf(body), rests)) expect(line).toBeGreaterThan(0);
    expect(rests.count).toBeGreaterThan(1);
  }
  const rests = counting();
  expect(await restedListProblem(bytesOf(`[${'0,'.repeat(50_000)}`), rests)).toBe('it has no end');
  expect(rests.count).toBeGreaterThan(10);
});
