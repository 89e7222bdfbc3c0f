import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInterestBatch } from '../../model/scorer/explainer.js';
import { FEATURE_COUNT } from '../../model/features/feature-list.js';
import { GraphBuilder } from '../../model/onnx/graph-builder.js';
import { OnnxScorer, type BundleNetworks, type OnnxBundle } from '../../model/scorer/onnx-scorer.js';
import { SCORE_COLUMNS, SCORE_SCALE, type Scorer } from '../../model/scorer/scorer.js';
import type { StepRows } from '../../model/scorer/step-rows.js';
import { exportExplain } from '../../model/train/export/export-explain.js';
import { exportRanker } from '../../model/train/export/export-ranker.js';
import { initialParameters } from '../../model/train/network/parameters.js';
import { Random } from '../../model/train/random-numbers.js';
import { foldStandardisation } from '../../model/train/ranker/ranker-weights.js';
import { batchOf, SCORER_KINDS, demoBundle } from '../support/model/scorer-kinds.js';
import { RELATION, type ScorerShape } from '../../model/scorer/step-shape.js';

const ANN = 1;
const BOB = 2;
const EVE = 3;
const KIM = 5;
const COLUMNS = FEATURE_COUNT + SCORE_COLUMNS;

/** State and interest that came out for one user. */
function outcome(rows: StepRows, user: number) {
  const state = [...rows.results.subarray(rows.newState(user), rows.interest(user))];
  const interest = [...rows.results.subarray(rows.interest(user), rows.newState(user + 1))];
  return { state, interest };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]), `number ${i}`).toBeLessThan(1e-5));
}

function expectSame(rows: StepRows, user: number, expected: ReturnType<typeof outcome>): void {
  const { state, interest } = outcome(rows, user);
  expectClose(state, expected.state);
  expectClose(interest, expected.interest);
}

describe.each(SCORER_KINDS)('a scorer: $name', (kind) => {
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await kind.open();
  });
  afterAll(() => scorer.close());

  function run(...seeds: number[]): StepRows {
    const rows = batchOf(scorer.shape, seeds);
    scorer.step(rows);
    return rows;
  }

  test('has a name with a version, and takes the features that serving computes', () => {
    expect(scorer.name).toMatch(/^\S+@\S+$/);
    expect(scorer.shape.features).toBe(FEATURE_COUNT);
  });

  test('has a ranker of finite numbers for every column', () => {
    const { weight, mean, bias } = scorer.ranker;
    expect([weight.length, mean.length]).toEqual([COLUMNS, COLUMNS]);
    expect([...weight, ...mean, bias].every(Number.isFinite)).toBe(true);
    expect(weight.some((w) => w !== 0)).toBe(true);
  });

  test('fills the results of all users with finite numbers before it returns', () => {
    const rows = batchOf(scorer.shape, [ANN, BOB, EVE]);
    rows.results.fill(Number.NaN);
    scorer.step(rows);
    expect(rows.results.every(Number.isFinite)).toBe(true);
  });

  test('a user’s outcome does not depend on who else is in the batch, nor on their place in it', () => {
    const alone = outcome(run(ANN), 0);
    expectSame(run(ANN, BOB, EVE, KIM), 0, alone);
    expectSame(run(KIM, EVE, BOB, BOB, ANN), 4, alone);
  });

  test('rows are filled and stepped again in the same buffers, and those beyond the users are not read', () => {
    const [ann, kim] = [ANN, KIM].map((seed) => outcome(run(seed), 0));
    const rows = run(BOB, KIM, EVE);
    rows.copyUser(0, batchOf(scorer.shape, [ANN]), 0);
    rows.rows.fill(Number.NaN, rows.node(2, 0));
    rows.codes.fill(-1, 2 * (rows.codes.length / 3));
    rows.users = 2;
    scorer.step(rows);
    expectSame(rows, 0, ann);
    expectSame(rows, 1, kim);
  });

  test('two sets of rows may take turns', () => {
    const [ann, bob] = [ANN, BOB].map((seed) => outcome(run(seed), 0));
    const [first, second] = [run(EVE), run(KIM)];
    for (const rows of [first, second, first]) {
      rows.copyUser(0, batchOf(scorer.shape, [rows === first ? ANN : BOB]), 0);
      rows.results.fill(0);
      scorer.step(rows);
    }
    expectSame(first, 0, ann);
    expectSame(second, 0, bob);
  });

  test('what explains the interests splits them into parts that add up to the network’s score', () => {
    const { explainer, shape } = scorer;
    if (explainer === undefined) return expect(scorer.name).toBe('neighbours@1');
    const { width, neighbours } = shape;
    const batch = createInterestBatch(shape, 3);
    const stepped = run(ANN, BOB);
    batch.rows.users = 2;
    for (const user of [0, 1]) {
      batch.rows.copyUser(user, stepped, user);
      for (let j = 0; j < neighbours; j++) batch.spread[(user * neighbours + j) * neighbours + j] = 1;
    }
    batch.parts.fill(Number.NaN);
    explainer.run(batch);
    for (const user of [0, 1]) {
      const sum = Array.from({ length: width }, (_, d) =>
        Array.from({ length: neighbours + 2 }, (_, part) => (user * (neighbours + 2) + part) * width + d)
          .map((at) => batch.parts[at])
          .reduce((total, value) => total + value),
      );
      expectClose(
        sum.map((value) => value / SCORE_SCALE),
        outcome(stepped, user).interest,
      );
    }
  });
});

describe('the trained step', () => {
  let scorer: OnnxScorer;
  beforeAll(async () => {
    scorer = await OnnxScorer.load(demoBundle());
  });
  afterAll(() => scorer.close());

  /** A user with rows in sight and padding, and which rows are which. */
  function somebody() {
    const rows = batchOf(scorer.shape, [BOB]);
    const all = Array.from({ length: scorer.shape.neighbours }, (_, row) => row);
    const isPadding = (row: number) => rows.codesOf(0, row).relation === RELATION.none;
    return { rows, padding: all.filter(isPadding), inSight: all.filter((row) => !isPadding(row)) };
  }

  function disturb(rows: StepRows, at: number): void {
    for (let d = 0; d < scorer.shape.width; d++) rows.rows[at + d] += 5 - d;
  }

  test('gives interests of length 1', () => {
    const rows = batchOf(scorer.shape, [ANN, BOB]);
    scorer.step(rows);
    for (const user of [0, 1]) expect(Math.hypot(...outcome(rows, user).interest)).toBeCloseTo(1, 5);
  });

  test('gives padding no attention, whatever vectors and states it has', () => {
    const { rows, padding } = somebody();
    scorer.step(rows);
    const before = outcome(rows, 0);
    expect(padding.length).toBeGreaterThan(2);
    for (const row of padding) {
      disturb(rows, rows.node(0, row));
      disturb(rows, rows.state(0, row));
    }
    scorer.step(rows);
    expectSame(rows, 0, before);
  });

  test('gives every row in sight attention in the state, and the slow interest a say in the interest', () => {
    const { rows, inSight } = somebody();
    scorer.step(rows);
    const { state, interest } = outcome(rows, 0);
    expect(inSight.length).toBeGreaterThan(2);
    for (const row of inSight) {
      const other = somebody().rows;
      disturb(other, other.node(0, row));
      scorer.step(other);
      expect(outcome(other, 0).state, `row ${row}`).not.toEqual(state);
    }
    disturb(rows, rows.slow(0));
    scorer.step(rows);
    expect(outcome(rows, 0).state).toEqual(state);
    expect(outcome(rows, 0).interest).not.toEqual(interest);
  });

  test('is named as the bundle', () => {
    expect(scorer.name).toBe(`${demoBundle().name}@${demoBundle().version}`);
  });
});

/** What is said of a bundle that cannot be loaded. */
async function problemsOf(bundle: OnnxBundle): Promise<readonly string[]> {
  const error: unknown = await OnnxScorer.load(bundle).then(
    (loaded) => loaded.close(),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'bundle_invalid' });
  return (error as { problems: readonly string[] }).problems;
}

const ofShape = (shape: Partial<ScorerShape>): OnnxBundle => ({
  ...demoBundle(),
  shape: { ...demoBundle().shape, ...shape },
});
const withNetworks = (networks: Partial<BundleNetworks>): OnnxBundle => ({
  ...demoBundle(),
  networks: { ...demoBundle().networks, ...networks },
});
const portsIn = (problems: readonly string[]) => problems.map((problem) => /"(\w+)"/.exec(problem)?.[1]);

describe('a trained bundle is refused', () => {
  test.each([
    { shape: { width: 32 }, file: 'step.onnx', ports: ['rows', 'results'] },
    { shape: { neighbours: 9 }, file: 'step.onnx', ports: ['rows', 'codes'] },
    { shape: { features: 7 }, file: 'ranker.onnx', ports: ['columns', 'weight', 'mean'] },
  ])('whose manifest says $shape, with every port that does not fit', async ({ shape, file, ports }) => {
    const problems = await problemsOf(ofShape(shape));
    expect(portsIn(problems)).toEqual(ports);
    expect(problems.every((problem) => problem.startsWith(`${file} `))).toBe(true);
  });

  test('when its explain.onnx is of another shape, with every port that does not fit', async () => {
    const explain = (shape: { width: number; neighbours: number }) =>
      exportExplain(shape, initialParameters(shape, new Random(1)));
    const { width, neighbours } = demoBundle().shape;
    const narrow = await problemsOf(withNetworks({ explain: explain({ width: 4, neighbours }) }));
    expect(portsIn(narrow)).toEqual(['rows', 'results', 'parts']);
    const short = await problemsOf(withNetworks({ explain: explain({ width, neighbours: 9 }) }));
    expect(portsIn(short)).toEqual(['rows', 'codes', 'spread', 'parts']);
    expect(short[0]).toMatch(
      /^explain\.onnx input "rows" is float32 \[users, 18, 64\], .* \[users, 48, 64\]$/,
    );
  });

  test('when its files are mixed up, with the ports that they do not have', async () => {
    const { step, explain } = demoBundle().networks;
    expect(await problemsOf(withNetworks({ step: explain }))).toEqual([
      expect.stringContaining('step.onnx has no output "results"; it has parts'),
    ]);
    expect(await problemsOf(withNetworks({ ranker: step }))).toEqual([
      expect.stringContaining('ranker.onnx has no input "columns"; it has rows, codes'),
      ...['score', 'weight', 'mean', 'bias'].map((port) => expect.stringContaining(`no output "${port}"`)),
    ]);
  });

  test.each(['step', 'ranker', 'explain'] as const)(
    'when %s.onnx is no network, by its name',
    async (name) => {
      expect(await problemsOf(withNetworks({ [name]: Buffer.from('no network') }))).toEqual([
        expect.stringContaining(`${name}.onnx is not a network`),
      ]);
    },
  );
});

describe('the ranker of a trained bundle', () => {
  /** A ranker of weights 1, 2, 3, … and bias 4, whose score is what `score` makes of the linear one. */
  function rankerGraph(score: (g: GraphBuilder, linear: string) => string): Uint8Array {
    const g = new GraphBuilder('ranker');
    g.input('columns', 'float32', ['candidates', COLUMNS]);
    const weight = g.floats(
      Array.from({ length: COLUMNS }, (_, i) => 1 + i),
      [COLUMNS, 1],
    );
    const bias = g.floats([4], [1]);
    const linear = g.node('Reshape', [g.node('Gemm', ['columns', weight, bias]), g.longs([-1])]);
    g.output(g.node('Identity', [score(g, linear)], {}, 'score'), 'float32', ['candidates']);
    g.output(g.node('Reshape', [weight, g.longs([-1])], {}, 'weight'), 'float32', [COLUMNS]);
    g.output(g.node('Identity', [bias], {}, 'bias'), 'float32', [1]);
    g.output(g.floats(new Float32Array(COLUMNS), [COLUMNS], 'mean'), 'float32', [COLUMNS]);
    return g.build();
  }

  const load = (ranker: Uint8Array) => OnnxScorer.load(withNetworks({ ranker }));

  test('is what was exported', async () => {
    const random = new Random(4);
    const column = () => Float64Array.from({ length: COLUMNS }, () => random.normal());
    const weights = {
      weight: column(),
      mean: column(),
      deviation: column().map((value) => value ** 2 + 0.1),
    };
    const scorer = await load(exportRanker(FEATURE_COUNT, weights));
    scorer.close();
    const { weight, bias } = foldStandardisation(weights);
    expect(scorer.ranker).toEqual({
      weight: Float32Array.from(weight),
      mean: Float32Array.from(weights.mean),
      bias: Math.fround(bias),
    });
  });

  test('is read from any graph that scores what its weights say', async () => {
    const scorer = await load(rankerGraph((_, linear) => linear));
    scorer.close();
    expect([...scorer.ranker.weight.subarray(0, 3), scorer.ranker.bias]).toEqual([1, 2, 3, 4]);
  });

  test.each<[string, (g: GraphBuilder, linear: string) => string]>([
    ['scores by other weights', (g, linear) => g.node('Mul', [linear, g.floats([1.01], [1])])],
    ['scores by another bias', (g, linear) => g.node('Add', [linear, g.floats([0.1], [1])])],
    ['is not linear', (g, linear) => g.node('Relu', [linear])],
    ['scores with what is no number', (g, linear) => g.node('Mul', [linear, g.floats([Number.NaN], [1])])],
  ])('is refused when it %s', async (_, score) => {
    expect(await problemsOf(withNetworks({ ranker: rankerGraph(score) }))).toEqual([
      expect.stringMatching(
        /^ranker\.onnx is not the linear ranker that its weights say: it scores .* where they give /,
      ),
    ]);
  });
});
