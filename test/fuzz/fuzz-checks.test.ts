import { expect, test } from 'vitest';
import { validate } from '../../gateway/protocol/validate.js';
import { seededRandom } from '../support/random.js';
import { mutated } from './mutate.js';
import type { FuzzResult } from './run/fuzz-run.js';
import { verdictOf } from './run/fuzz-verdict.js';
import { SEED_MESSAGES } from './seeds/seed-messages.js';

/** A suite that finds nothing proves nothing: what it sends is near what is valid, and its verdict can go red. */

test('every seed fits the contract, so that a mutation is near what is carried out', () => {
  const refused = SEED_MESSAGES.filter((message) => !validate(message as Record<string, unknown>).ok);
  expect(refused).toEqual([]);
});

test('mutations are the same for a seed, leave what they begin with alone, differ from it and stay small', () => {
  const seeds = SEED_MESSAGES.map((message) => Buffer.from(JSON.stringify(message)));
  const of = (seed: number): string[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 500 }, (_, i) =>
      mutated(seeds[i % seeds.length], seeds[0], random).toString('latin1'),
    );
  };
  const before = seeds.map(String);
  const made = of(1);
  expect(made).toEqual(of(1));
  expect(made).not.toEqual(of(2));
  expect(seeds.map(String)).toEqual(before);
  const changed = made.filter((bytes, i) => bytes !== seeds[i % seeds.length].toString('latin1'));
  expect(changed.length).toBeGreaterThan(480);
  expect(Math.max(...made.map(({ length }) => length))).toBeLessThan(1_000);
  const whole = made.filter((bytes) => {
    try {
      return JSON.parse(bytes) !== undefined;
    } catch {
      return false;
    }
  });
  // Many are JSON still: they get past the decoder.
  expect(whole.length).toBeGreaterThan(25);
});

test('the verdict tells problems, and memory that grows in a run that is long enough', () => {
  const flat = Array.from({ length: 20 }, () => 200);
  const grown = flat.map((mib, i) => mib + 10 * i);
  const run = (more: Partial<FuzzResult>): FuzzResult => ({
    sent: 2_000_000,
    connections: 3,
    crashes: 0,
    problems: [],
    memoryMib: flat,
    ...more,
  });
  expect(verdictOf(run({}))).toMatchObject({ problems: [] });
  expect(verdictOf(run({})).line).toMatch(
    /^2000000 frames and requests over 3 connections, 0 crashes, 0 problems/,
  );
  expect(verdictOf(run({ problems: ['500'] })).problems).toEqual(['500']);
  expect(verdictOf(run({ memoryMib: grown })).problems).toEqual([expect.stringMatching(/^it grows: /)]);
  expect(verdictOf(run({ sent: 50_000, memoryMib: grown })).problems).toEqual([]);
});
