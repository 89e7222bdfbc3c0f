import { describe, expect, it } from 'vitest';
import { createSession, floatTensor, intTensor, type Tensors } from '../../model/onnx/session.js';
import { EVENT_KIND_COUNT, GAP_COUNT, RELATION_COUNT, TILE } from '../../model/scorer.js';
import { exportStep } from '../../model/train/export-step.js';
import { initialParameters, type Parameters } from '../../model/train/parameters.js';
import { Random } from '../../model/train/random.js';
import { foldStandardisation, type RankerWeights } from '../../model/train/ranker-weights.js';
import { dot, referenceScore, referenceStep, unit } from '../../model/train/reference-network.js';

const SHAPE = { width: 64, neighbours: 24, features: 5, recents: 4 };
const { width: D, neighbours: N, features: F, recents: R } = SHAPE;

function trainedParameters(random: Random): Parameters {
  const parameters = initialParameters(SHAPE, random);
  for (const [name, values] of Object.entries(parameters)) {
    values.forEach((value, i) => value > -100 && name !== 'gap' && (values[i] += 0.1 * random.normal()));
  }
  return parameters;
}

function ranker(random: Random): RankerWeights {
  const column = () => Float64Array.from({ length: F + 3 }, () => random.normal());
  return { weight: column(), mean: column(), deviation: column().map((value) => Math.abs(value) + 0.5) };
}

interface Batch {
  readonly users: number;
  readonly candidates: number;
  readonly fresh: Float32Array;
  readonly floats: Record<
    'nodes' | 'states' | 'slow' | 'stored' | 'recent' | 'vectors' | 'features',
    Float32Array
  >;
  readonly ints: Record<'relation' | 'gap' | 'kind' | 'age' | 'tileOwner', Int32Array>;
}

/** Unit rows; every row after `used` in each neighbourhood is padding. */
function batchOf(random: Random, users: number, candidates: number): Batch {
  const units = (rows: number) =>
    Float32Array.from(Array.from({ length: rows }, () => [...unit(normals(D))]).flat());
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const codes = (count: number, bound: number) =>
    Int32Array.from({ length: count }, () => random.below(bound));
  const nodes = units(users * N);
  const states = normals(users * N * D);
  const relation = codes(users * N, RELATION_COUNT - 1).map((code) => code + 1);
  const recent = units(users * R);
  for (let user = 0; user < users; user++) {
    const used = 1 + random.below(N);
    relation.fill(0, user * N + used, (user + 1) * N);
    relation[user * N] = 1;
    nodes.fill(0, (user * N + used) * D, (user + 1) * N * D);
    states.set(nodes.subarray(user * N * D, (user * N + 1) * D), user * N * D);
    recent.fill(0, (user * R + 1 + random.below(R)) * D, (user + 1) * R * D);
  }
  return {
    users,
    candidates,
    fresh: Float32Array.from({ length: users }, (_, user) => (user % 3 === 2 ? 0 : 1)),
    floats: {
      nodes,
      states,
      recent,
      slow: normals(users * D),
      stored: units(users),
      vectors: units(candidates),
      features: normals(candidates * F),
    },
    ints: {
      relation,
      gap: codes(users * N, GAP_COUNT),
      kind: codes(users * N, EVENT_KIND_COUNT),
      age: codes(users * N, N),
      tileOwner: codes(candidates / TILE, users),
    },
  };
}

function feedsOf({ users: b, candidates: m, fresh, floats, ints }: Batch): Tensors {
  return {
    nodes: floatTensor(floats.nodes, [b, N, D]),
    states: floatTensor(floats.states, [b, N, D]),
    relation: intTensor(ints.relation, [b, N]),
    gap: intTensor(ints.gap, [b, N]),
    kind: intTensor(ints.kind, [b, N]),
    age: intTensor(ints.age, [b, N]),
    slow: floatTensor(floats.slow, [b, D]),
    stored: floatTensor(floats.stored, [b, D]),
    fresh: floatTensor(fresh, [b, 1]),
    recent: floatTensor(floats.recent, [b, R, D]),
    tileOwner: intTensor(ints.tileOwner, [m / TILE]),
    vectors: floatTensor(floats.vectors, [m, D]),
    features: floatTensor(floats.features, [m, F]),
  };
}

const rowsAt = (values: Float32Array, first: number, count: number) =>
  Array.from({ length: count }, (_, i) => values.subarray((first + i) * D, (first + i + 1) * D));

function referenceUser(p: Parameters, { floats, ints }: Batch, user: number) {
  const [from, to] = [user * N, (user + 1) * N];
  return referenceStep(p, SHAPE, {
    nodes: rowsAt(floats.nodes, from, N),
    states: rowsAt(floats.states, from, N),
    relation: ints.relation.subarray(from, to),
    gap: ints.gap.subarray(from, to),
    kind: ints.kind.subarray(from, to),
    age: ints.age.subarray(from, to),
    slow: floats.slow.subarray(user * D, (user + 1) * D),
  });
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(got[i] - expected[i]));
  expect(worst, what).toBeLessThan(2e-5 * Math.max(1, ...Array.from(expected, Math.abs)));
}

describe.each([
  [1, TILE],
  [3, 2 * TILE],
  [16, 24 * TILE],
  [2, 0],
])('exported step, %i users and %i candidates', (users, candidates) => {
  it('equals the definition in float64', async () => {
    const random = new Random(users);
    const parameters = trainedParameters(random);
    const weights = ranker(random);
    const session = await createSession(exportStep(SHAPE, parameters, weights));
    const batch = batchOf(random, users, candidates);
    const results = await session.run(feedsOf(batch));
    await session.close();
    const values = (name: string) => results[name].data as Float32Array;
    const interests = Array.from({ length: users }, (_, user) => {
      const expected = referenceUser(parameters, batch, user);
      const { stored } = batch.floats;
      const interest = batch.fresh[user] > 0 ? expected.interest : stored.subarray(user * D, (user + 1) * D);
      expectClose(
        values('interest').subarray(user * D, (user + 1) * D),
        interest,
        `interest of user ${user}`,
      );
      if (batch.fresh[user] > 0) {
        expectClose(
          values('state').subarray(user * D, (user + 1) * D),
          expected.state,
          `state of user ${user}`,
        );
        expectClose(
          values('attention').subarray(user * N, (user + 1) * N),
          expected.attention,
          `attention of user ${user}`,
        );
      }
      return interest;
    });
    const { weight, bias } = foldStandardisation(weights);
    for (let m = 0; m < candidates; m++) {
      const owner = batch.ints.tileOwner[Math.floor(m / TILE)];
      const [vector] = rowsAt(batch.floats.vectors, m, 1);
      const own = referenceScore(interests[owner], vector);
      const [last, ...others] = rowsAt(batch.floats.recent, owner * R, R).map((row) => dot(row, vector));
      const cosine = [last, Math.max(...others)];
      const columns = [...batch.floats.features.subarray(m * F, (m + 1) * F), own, ...cosine];
      expectClose([values('network_score')[m]], [own], `network_score ${m}`);
      expectClose(values('cosine').subarray(m * 2, m * 2 + 2), cosine, `cosine ${m}`);
      expectClose([values('score')[m]], [dot(columns, weight) + bias], `score ${m}`);
    }
    expect(values('score').length).toBe(candidates);
  });
});

describe('exported step', () => {
  it('scores with the network alone when no ranker is given', async () => {
    const random = new Random(9);
    const session = await createSession(exportStep(SHAPE, trainedParameters(random)));
    const { network_score: own, score } = await session.run(feedsOf(batchOf(random, 2, 2 * TILE)));
    await session.close();
    expectClose(score.data as Float32Array, own.data as Float32Array, 'score');
  });

  it('keeps garbage in the rows of a user that is not fresh away from the scores', async () => {
    const random = new Random(10);
    const session = await createSession(exportStep(SHAPE, trainedParameters(random)));
    const batch = batchOf(random, 3, TILE);
    batch.floats.nodes.fill(Number.NaN, 2 * N * D);
    const { interest, score } = await session.run(feedsOf(batch));
    await session.close();
    expect((interest.data as Float32Array).every((value) => Number.isFinite(value))).toBe(true);
    expect((score.data as Float32Array).every((value) => Number.isFinite(value))).toBe(true);
  });
});
