import { expect, test } from 'vitest';
import { hedged } from '../../../../cluster/engine/hedged.js';

const never = new Promise<never>(() => undefined);
const at = (asked: string[], name: string, answer: Promise<string>) => () => {
  asked.push(name);
  return answer;
};
const impatient = { afterMs: 250, pause: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const patient = { afterMs: 250, pause: () => never };

test('one that answers is the only one that is asked', async () => {
  const asked: string[] = [];
  const answer = await hedged([at(asked, 'a', Promise.resolve('A')), at(asked, 'b', never)], patient);
  expect([answer, asked]).toEqual(['A', ['a']]);
});

test('the next is asked where the one before says nothing, for the time that was given', async () => {
  const waited: number[] = [];
  const pause = (ms: number) => {
    waited.push(ms);
    return waited.length === 1 ? Promise.resolve() : never;
  };
  const asked: string[] = [];
  const asks = [at(asked, 'a', never), at(asked, 'b', Promise.resolve('B')), at(asked, 'c', never)];
  expect([await hedged(asks, { afterMs: 250, pause }), asked, waited[0]]).toEqual(['B', ['a', 'b'], 250]);
});

test('the next is asked at once where the one before fails', async () => {
  const asks = [() => Promise.reject(new Error('a')), () => Promise.resolve('B')];
  expect(await hedged(asks, patient)).toBe('B');
});

test('an answer that comes while others are asked is taken', async () => {
  const slow = new Promise<string>((resolve) => {
    setImmediate(() => setImmediate(() => resolve('slow')));
  });
  expect(await hedged([() => slow, () => never, () => never, () => never], impatient)).toBe('slow');
});

test('when all fail, so does it, as the last one', async () => {
  const asks = [() => Promise.reject(new Error('a')), () => Promise.reject(new Error('b'))];
  await expect(hedged(asks, patient)).rejects.toThrow('b');
});
