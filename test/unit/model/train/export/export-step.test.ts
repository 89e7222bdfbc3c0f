import { describe, expect, it } from 'vitest';
import {
  createSession,
  floatTensor,
  intTensor,
  type Tensors,
} from '../../../../../model/onnx/onnx-session.js';
import { SCORE_COLUMNS } from '../../../../../model/scorer/scorer.js';
import { StepRows } from '../../../../../model/scorer/step-rows.js';
import { exportRanker } from '../../../../../model/train/export/export-ranker.js';
import { exportStep } from '../../../../../model/train/export/export-step.js';
import { initialParameters, type Parameters } from '../../../../../model/train/network/parameters.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { foldStandardisation, type RankerWeights } from '../../../../../model/train/ranker/ranker-weights.js';
import { dot, referenceStep, unit } from '../../../../../model/train/network/reference-network.js';
import {
  CODES,
  EVENT_KIND_COUNT,
  GAP_COUNT,
  RELATION,
  RELATION_COUNT,
} from '../../../../../model/scorer/step-shape.js';
import { exportNetworks } from '../../../../../model/train/export/assemble-bundle.js';

const SHAPE = { width: 64, neighbours: 24, features: 5, recents: 4 };
const { width: D, neighbours: N, features: F } = SHAPE;
const COLUMNS = F + SCORE_COLUMNS;

function trainedParameters(random: Random): Parameters {
  const parameters = initialParameters(SHAPE, random);
  for (const [name, values] of Object.entries(parameters)) {
    values.forEach((value, i) => value > -100 && name !== 'gap' && (values[i] += 0.1 * random.normal()));
  }
  return parameters;
}

function ranker(random: Random): RankerWeights {
  const column = () => Float64Array.from({ length: COLUMNS }, () => random.normal());
  return { weight: column(), mean: column(), deviation: column().map((value) => Math.abs(value) + 0.5) };
}

const normals = (random: Random, count: number) =>
  Float32Array.from({ length: count }, () => random.normal());

/** Unit vectors; every row after the first few of each neighbourhood is padding, which holds numbers all the same. */
function rowsOf(random: Random, users: number): StepRows {
  const rows = new StepRows(SHAPE, users);
  rows.users = users;
  for (let user = 0; user < users; user++) {
    rows.clear(user);
    rows.rows.set(normals(random, D), rows.slow(user));
    const inSight = 1 + random.below(N);
    for (let row = 0; row < N; row++) {
      rows.rows.set(unit(normals(random, D)), rows.node(user, row));
      if (row > 0) rows.rows.set(normals(random, D), rows.state(user, row));
      const other = row < inSight ? 1 + random.below(RELATION_COUNT - 1) : RELATION.none;
      const relation = row === 0 ? RELATION.self : other;
      rows.setCodes(user, row, {
        relation,
        gap: random.below(GAP_COUNT),
        kind: random.below(EVENT_KIND_COUNT),
        age: random.below(N),
      });
    }
  }
  return rows;
}

function feedsOf({ users, rows, codes }: StepRows): Tensors {
  return {
    rows: floatTensor(rows, [users, 2 * N, D]),
    codes: intTensor(codes, [users, N, CODES.length]),
  };
}

function referenceUser(p: Parameters, rows: StepRows, user: number) {
  const at = (from: number) => rows.rows.subarray(from, from + D);
  const all = Array.from({ length: N }, (_, row) => row);
  const codes = all.map((row) => rows.codesOf(user, row));
  return referenceStep(p, SHAPE, {
    nodes: all.map((row) => at(rows.node(user, row))),
    states: all.map((row) => (row === 0 ? [] : at(rows.state(user, row)))),
    relation: codes.map(({ relation }) => relation),
    gap: codes.map(({ gap }) => gap),
    kind: codes.map(({ kind }) => kind),
    age: codes.map(({ age }) => age),
    slow: at(rows.slow(user)),
  });
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(got.length, what).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(got[i] - expected[i]));
  expect(worst, what).toBeLessThan(2e-5 * Math.max(1, ...Array.from(expected, Math.abs)));
}

async function run(model: Uint8Array, feeds: Tensors): Promise<Record<string, Float32Array>> {
  const session = await createSession(model);
  const results = await session.run(feeds);
  session.close();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

describe('exported step', () => {
  it.each([1, 2, 3, 16, 32])('of %i users equals the definition in float64', async (users) => {
    const random = new Random(users);
    const parameters = trainedParameters(random);
    const rows = rowsOf(random, users);
    const { results } = await run(exportStep(SHAPE, parameters), feedsOf(rows));
    expect(results.length).toBe(users * 2 * D);
    for (let user = 0; user < users; user++) {
      const { state, interest } = referenceUser(parameters, rows, user);
      expectClose(results.subarray(rows.newState(user), rows.interest(user)), state, `state of ${user}`);
      expectClose(
        results.subarray(rows.interest(user), rows.newState(user + 1)),
        interest,
        `interest of ${user}`,
      );
    }
  });

  it('keeps what is no number in one user’s rows away from the others', async () => {
    const random = new Random(10);
    const parameters = trainedParameters(random);
    const rows = rowsOf(random, 3);
    rows.rows.fill(Number.NaN, rows.node(1, 0), rows.node(2, 0));
    const { results } = await run(exportStep(SHAPE, parameters), feedsOf(rows));
    for (const user of [0, 2])
      expectClose(
        results.subarray(rows.interest(user), rows.newState(user + 1)),
        referenceUser(parameters, rows, user).interest,
        `interest of ${user}`,
      );
  });
});

describe('exported ranker', () => {
  /** Raw columns of `count` candidates. */
  const candidates = (random: Random, count: number) => {
    const columns = normals(random, count * COLUMNS);
    return { columns, feeds: { columns: floatTensor(columns, [count, COLUMNS]) } };
  };

  it.each([0, 1, 16, 300])(
    'of %i candidates equals the ranker over standardised columns in float64',
    async (count) => {
      const random = new Random(1 + count);
      const weights = ranker(random);
      const { columns, feeds } = candidates(random, count);
      const { score } = await run(exportRanker(F, weights), feeds);
      const expected = Array.from({ length: count }, (_, m) =>
        weights.weight.reduce((sum, weight, c) => {
          const value = (columns[m * COLUMNS + c] - weights.mean[c]) / weights.deviation[c];
          return sum + weight * value;
        }, 0),
      );
      expectClose(score, expected, 'score');
    },
  );

  it('says what it is made of: weights and bias over raw columns, and the means', async () => {
    const random = new Random(2);
    const weights = ranker(random);
    const { columns, feeds } = candidates(random, 5);
    const { score, weight, bias, mean } = await run(exportRanker(F, weights), feeds);
    const folded = foldStandardisation(weights);
    expect(weight).toEqual(Float32Array.from(folded.weight));
    expect([...bias]).toEqual([Math.fround(folded.bias)]);
    expect(mean).toEqual(Float32Array.from(weights.mean));
    expectClose(
      score,
      Array.from(
        { length: 5 },
        (_, m) => dot(columns.subarray(m * COLUMNS, (m + 1) * COLUMNS), weight) + bias[0],
      ),
      'score',
    );
  });

  it('scores with the network alone when no weights are given', async () => {
    const { columns, feeds } = candidates(new Random(9), 20);
    const { score } = await run(exportNetworks(SHAPE, trainedParameters(new Random(9))).ranker, feeds);
    expect([...score]).toEqual(Array.from({ length: 20 }, (_, m) => columns[m * COLUMNS + F]));
  });
});
