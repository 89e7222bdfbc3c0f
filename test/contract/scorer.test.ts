import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FEATURE_COUNT } from '../../model/features/index.js';
import { OnnxScorer } from '../../model/onnx-scorer.js';
import { TILE, tiledRows, type ScoreBatch, type Scorer } from '../../model/scorer.js';
import { randomOnnx } from '../support/random-onnx.js';
import { batchOf, demoBundle, SCORER_KINDS, type BatchUser } from '../support/scorer-kinds.js';

const ANN: BatchUser = { seed: 1, isFresh: true, candidates: 20 };
const KIM: BatchUser = { seed: 5, isFresh: true, candidates: 2 * TILE + 5 };
const BOB: BatchUser = { seed: 2, isFresh: true, candidates: 3 };
const EVE: BatchUser = { seed: 3, isFresh: false, candidates: 9 };
const JOE: BatchUser = { seed: 4, isFresh: true, candidates: 0 };

/** What came out for one user of a batch. */
function outcome(batch: ScoreBatch, scorer: Scorer, user: number) {
  const { width, neighbours } = scorer.shape;
  const rows = (values: Float32Array, size: number) => [...values.subarray(user * size, (user + 1) * size)];
  const candidates = Array.from({ length: batch.candidates }, (_, m) => m).filter(
    (m) => batch.tileOwner[Math.floor(m / TILE)] === user,
  );
  return {
    state: rows(batch.state, width),
    interest: rows(batch.interest, width),
    attention: rows(batch.attention, neighbours),
    score: candidates.map((m) => batch.score[m]),
    network: candidates.map((m) => batch.networkScore[m]),
  };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]), `number ${i}`).toBeLessThan(1e-4));
}

describe.each(SCORER_KINDS)('a scorer: $name', (kind) => {
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await kind.open();
  });
  afterAll(() => scorer.close());

  async function run(...users: BatchUser[]): Promise<ScoreBatch> {
    const batch = batchOf(scorer.shape, users);
    await scorer.run(batch);
    return batch;
  }

  test('has a name with a version, and takes the features that serving computes', () => {
    expect(scorer.name).toMatch(/^\S+@\S+$/);
    expect(scorer.shape.features).toBe(FEATURE_COUNT);
  });

  test('fills every output of the users and candidates in the batch with finite numbers', async () => {
    const batch = await run(ANN, BOB, EVE);
    for (let user = 0; user < 3; user++) {
      const { state, interest, attention, score, network } = outcome(batch, scorer, user);
      expect([state, interest, attention, score, network].flat().every(Number.isFinite)).toBe(true);
    }
    expect(new Set(outcome(batch, scorer, 0).score).size).toBeGreaterThan(10);
  });

  test('a user’s outcome does not depend on who else is in the batch, nor on his place in it', async () => {
    const alone = outcome(await run(ANN), scorer, 0);
    const first = outcome(await run(ANN, BOB, EVE, JOE), scorer, 0);
    const last = outcome(await run(JOE, EVE, BOB, BOB, ANN), scorer, 4);
    for (const other of [first, last])
      for (const key of Object.keys(alone) as (keyof typeof alone)[]) expectClose(other[key], alone[key]);
  });

  test('candidates may come in any order within their user, and tiles in any order among those of others', async () => {
    const plain = batchOf(scorer.shape, [KIM, BOB]);
    await scorer.run(plain);
    const mixed = batchOf(scorer.shape, [KIM, BOB]);
    const tiles = mixed.candidates / TILE;
    const order = Array.from({ length: mixed.candidates }, (_, m) => {
      const tile = tiles - 1 - Math.floor(m / TILE);
      return tile * TILE + (((m % TILE) * 7) % TILE);
    });
    const { width, features } = scorer.shape;
    order.forEach((from, to) => {
      mixed.tileOwner[Math.floor(to / TILE)] = plain.tileOwner[Math.floor(from / TILE)];
      mixed.vectors.set(plain.vectors.subarray(from * width, (from + 1) * width), to * width);
      mixed.features.set(plain.features.subarray(from * features, (from + 1) * features), to * features);
    });
    await scorer.run(mixed);
    expectClose(
      order.map((_, to) => mixed.score[to]),
      order.map((from) => plain.score[from]),
    );
  });

  test('without a step the stored interest stays, and is what candidates are scored with', async () => {
    const { width } = scorer.shape;
    const batch = batchOf(scorer.shape, [EVE, EVE]);
    // The neighbour mode has no interests: they are zeros in the graphs as well.
    if (width === 1) batch.stored.fill(0);
    batch.stored.copyWithin(width, 0, width);
    await scorer.run(batch);
    expectClose(outcome(batch, scorer, 0).interest, [...batch.stored.subarray(0, width)]);
    expectClose(outcome(batch, scorer, 0).score, outcome(batch, scorer, 1).score);
  });

  test('users without candidates, alone or not, are stepped all the same', async () => {
    const alone = await run(JOE);
    const among = await run(ANN, JOE);
    expectClose(outcome(among, scorer, 1).state, outcome(alone, scorer, 0).state);
  });

  test('a batch is filled and run again in the same buffers, what is beyond its counts left alone', async () => {
    const batch = await run(ANN, BOB);
    const before = outcome(batch, scorer, 0);
    const rows = tiledRows(ANN.candidates);
    const beyond = batch.score.slice(rows);
    batch.users = 1;
    batch.candidates = rows;
    await scorer.run(batch);
    expectClose(outcome(batch, scorer, 0).score, before.score);
    expect(batch.score.slice(rows)).toEqual(beyond);
  });
});

describe('the trained step', () => {
  let scorer: OnnxScorer;
  beforeAll(async () => {
    scorer = await OnnxScorer.load(demoBundle());
  });
  afterAll(() => scorer.close());

  test('gives interests of length 1, attention that sums to 1, and none to padding', async () => {
    const batch = batchOf(scorer.shape, [ANN, BOB]);
    await scorer.run(batch);
    for (const user of [0, 1]) {
      const { interest, attention } = outcome(batch, scorer, user);
      expect(Math.hypot(...interest)).toBeCloseTo(1, 3);
      expect(attention.reduce((a, b) => a + b)).toBeCloseTo(1, 3);
      attention.forEach((weight, j) => {
        if (batch.relation[user * scorer.shape.neighbours + j] === 0) expect(weight).toBeLessThan(1e-6);
      });
    }
  });

  test('a network’s own score is 12 u·e', async () => {
    const batch = batchOf(scorer.shape, [ANN]);
    await scorer.run(batch);
    const { width } = scorer.shape;
    for (let m = 0; m < batch.candidates; m++) {
      let dot = 0;
      for (let d = 0; d < width; d++) dot += batch.interest[d] * batch.vectors[m * width + d];
      expect(batch.networkScore[m]).toBeCloseTo(12 * dot, 3);
    }
  });

  test('is named as the bundle', () => {
    expect(scorer.name).toBe(`${demoBundle().name}@${demoBundle().version}`);
  });

  test('wrong shapes in the manifest are refused, with every input and output that does not fit', async () => {
    const bundle = demoBundle();
    const wrong = { ...bundle, shape: { ...bundle.shape, width: 32, features: 7 } };
    const error = await OnnxScorer.load(wrong).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bundle_invalid' });
    const { problems } = error as { problems: readonly string[] };
    for (const port of [
      'nodes',
      'states',
      'slow',
      'stored',
      'recent',
      'vectors',
      'features',
      'state',
      'interest',
    ]) {
      expect(
        problems.some((problem) => problem.includes(`"${port}"`)),
        port,
      ).toBe(true);
    }
    expect(problems.some((problem) => problem.includes('"relation"'))).toBe(false);
  });

  test('a bundle without explain.onnx scores, and cannot take its scores apart', async () => {
    const { explain: _, ...plain } = demoBundle();
    const without = await OnnxScorer.load(plain);
    expect(without.explainer).toBeUndefined();
    await without.close();
  });

  test('an explain.onnx of another shape is refused, with what does not fit', async () => {
    await expect(OnnxScorer.load({ ...demoBundle(), explain: randomOnnx(1).explain })).rejects.toMatchObject({
      code: 'bundle_invalid',
      problems: expect.arrayContaining([expect.stringMatching(/explain\.onnx input "spread"/)]),
    });
  });

  test('bytes that are no network are refused by name', async () => {
    await expect(OnnxScorer.load({ ...demoBundle(), step: Buffer.from('no network') })).rejects.toMatchObject(
      {
        code: 'bundle_invalid',
        problems: [expect.stringContaining('step.onnx is not a network')],
      },
    );
  });
});
