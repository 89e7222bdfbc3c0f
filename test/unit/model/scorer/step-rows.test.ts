import { describe, expect, test } from 'vitest';
import { piecesOf, StepRows } from '../../../../model/scorer/step-rows.js';
import { batchOf } from '../../../support/model/scorer-kinds.js';
import {
  CODES,
  EVENT_KIND_COUNT,
  GAP_COUNT,
  RELATION,
  RELATION_COUNT,
} from '../../../../model/scorer/step-shape.js';

const SHAPE = { neighbours: 5, width: 3 };
const { neighbours: N, width: D } = SHAPE;
const USERS = 3;
const NO_CODES = { relation: RELATION.none, gap: 0, kind: 0, age: 0 };

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Rows of three users in which no two numbers of a buffer are the same. */
function filled(): StepRows {
  const rows = new StepRows(SHAPE, USERS);
  for (const values of [rows.rows, rows.codes, rows.results]) values.forEach((_, i) => (values[i] = 1 + i));
  return rows;
}

/** Everything of one user. */
function userOf(rows: StepRows, user: number) {
  return {
    rows: [...rows.rows.subarray(rows.node(user, 0), rows.node(user + 1, 0))],
    codes: upTo(N).map((row) => rows.codesOf(user, row)),
    results: [...rows.results.subarray(rows.newState(user), rows.newState(user + 1))],
  };
}

describe('rows of a step', () => {
  test('have a place for everything of everybody, which nothing else has', () => {
    const rows = new StepRows(SHAPE, USERS);
    const vectors = upTo(USERS).flatMap((user) => [
      ...upTo(N).map((row) => rows.node(user, row)),
      rows.slow(user),
      ...upTo(N - 1).map((row) => rows.state(user, 1 + row)),
    ]);
    const results = upTo(USERS).flatMap((user) => [rows.newState(user), rows.interest(user)]);
    for (const [places, buffer] of [
      [vectors, rows.rows],
      [results, rows.results],
    ] as const)
      expect(places).toEqual(upTo(buffer.length / D).map((row) => row * D));
  });

  test('are sized for the users they may have, and begin with none', () => {
    const rows = new StepRows(SHAPE, USERS);
    expect([rows.userMax, rows.users]).toEqual([USERS, 0]);
    expect([rows.rows, rows.codes, rows.results].map(({ length }) => length)).toEqual([
      USERS * 2 * N * D,
      USERS * N * CODES.length,
      USERS * 2 * D,
    ]);
  });

  test('give codes back as they were set, each in rows of the tables that no other code has', () => {
    const rows = new StepRows(SHAPE, 2);
    const lengths = { relation: RELATION_COUNT, gap: GAP_COUNT, kind: EVENT_KIND_COUNT, age: N };
    const tableRows: number[] = [];
    CODES.forEach((code, c) =>
      upTo(lengths[code]).forEach((value) => {
        const codes = { ...NO_CODES, [code]: value };
        rows.setCodes(1, N - 1, codes);
        expect(rows.codesOf(1, N - 1)).toEqual(codes);
        tableRows.push(rows.codes[(2 * N - 1) * CODES.length + c]);
      }),
    );
    expect(tableRows).toEqual(upTo(RELATION_COUNT + GAP_COUNT + EVENT_KIND_COUNT + N));
    expect(rows.codes.subarray(0, -CODES.length).every((code) => code === 0)).toBe(true);
  });

  test('of a cleared user are padding, those of others as they were', () => {
    const rows = filled();
    const [before, after] = [userOf(rows, 0), userOf(rows, 2)];
    rows.clear(1);
    expect(userOf(rows, 1).rows.every((value) => value === 0)).toBe(true);
    expect(userOf(rows, 1).codes).toEqual(upTo(N).map(() => NO_CODES));
    expect([userOf(rows, 0), userOf(rows, 2)]).toEqual([before, after]);
  });

  test('take over a user of others, inputs and results, into any place', () => {
    const from = batchOf({ ...SHAPE, features: 0, recents: 0 }, [1, 2]);
    from.results.forEach((_, i) => (from.results[i] = i / 7));
    const rows = filled();
    const [before, after] = [userOf(rows, 0), userOf(rows, 2)];
    rows.copyUser(1, from, 1);
    expect(userOf(rows, 1)).toEqual(userOf(from, 1));
    expect(userOf(rows, 1)).not.toEqual(userOf(from, 0));
    expect([userOf(rows, 0), userOf(rows, 2)]).toEqual([before, after]);
    from.clear(1);
    expect(userOf(rows, 1).rows.some((value) => value !== 0)).toBe(true);
  });
});

describe.each([3, 4])('a row of %i numbers', (width) => {
  test('is copied whole to its place, and nothing beside it changes', () => {
    const rows = new StepRows({ neighbours: N, width }, USERS);
    rows.rows.fill(9);
    const table = Float32Array.from({ length: 5 * width }, (_, i) => Math.fround(0.1 * (i + 1)));
    rows.put(rows.state(1, 2), piecesOf(table, width), 3);
    const expected = new Float32Array(rows.rows.length).fill(9);
    expected.set(table.subarray(3 * width, 4 * width), rows.state(1, 2));
    expect(rows.rows).toEqual(expected);
  });
});
