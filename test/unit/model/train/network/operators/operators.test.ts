import { describe, expect, it } from 'vitest';
import {
  createSession,
  floatTensor,
  intTensor,
  type Tensors,
} from '../../../../../../model/onnx/onnx-session.js';
import { GraphBuilder } from '../../../../../../model/onnx/graph-builder.js';
import { crossEntropy } from '../../../../../../model/train/network/operators/cross-entropy.js';
import {
  add,
  multiply,
  sigmoid,
  subtract,
  tanh,
} from '../../../../../../model/train/network/operators/elementwise.js';
import { matmul } from '../../../../../../model/train/network/operators/matmul.js';
import { normalise, softmax, sumLast } from '../../../../../../model/train/network/operators/reduce.js';
import { concat, reshape, slice } from '../../../../../../model/train/network/operators/shape.js';
import { Random } from '../../../../../../model/train/random-numbers.js';
import { Tape, type Value } from '../../../../../../model/train/network/operators/tape.js';

type Numbers = Float64Array;
interface Case {
  readonly name: string;
  readonly dims: readonly (readonly number[])[];
  readonly graph: (tape: Tape, inputs: readonly Value[]) => Value;
  /** The operator in float64. */
  readonly plain: (inputs: readonly Numbers[]) => Numbers;
}

const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1);
const map2 =
  (f: (a: number, b: number) => number, bAt: (i: number) => number) =>
  ([a, b]: readonly Numbers[]) =>
    a.map((value, i) => f(value, b[bAt(i)]));

function rows(values: Numbers, width: number, f: (row: Numbers) => ArrayLike<number>): Numbers {
  const parts: number[] = [];
  for (let at = 0; at < values.length; at += width)
    parts.push(...Array.from(f(values.slice(at, at + width))));
  return Float64Array.from(parts);
}

function product(a: Numbers, b: Numbers, m: number, k: number, n: number, ta: boolean, tb: boolean): Numbers {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let l = 0; l < k; l++)
        out[i * n + j] += (ta ? a[l * m + i] : a[i * k + l]) * (tb ? b[j * k + l] : b[l * n + j]);
  return out;
}

const matmulCases: Case[] = [0, 1, 2, 3].map((code) => {
  const [transA, transB] = [code % 2 === 1, code > 1];
  return {
    name: `matmul transA ${transA} transB ${transB}`,
    dims: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5]],
    graph: (tape, [a, b]) => matmul(tape, a, b, { transA, transB, alpha: 1.5 }),
    plain: ([a, b]) => product(a, b, 3, 4, 5, transA, transB).map((value) => 1.5 * value),
  };
});

const cases: Case[] = [
  ...matmulCases,
  {
    name: 'matmul over a batch, transposed',
    dims: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    graph: (tape, [a, b]) => matmul(tape, a, b, { transB: true }),
    plain: ([a, b]) =>
      Float64Array.from(
        [0, 1].flatMap((i) => [
          ...product(a.slice(i * 12, i * 12 + 12), b.slice(i * 20, i * 20 + 20), 3, 4, 5, false, true),
        ]),
      ),
  },
  {
    name: 'add, a row to every row',
    dims: [[3, 4], [4]],
    graph: (tape, [a, b]) => add(tape, a, b),
    plain: map2(
      (a, b) => a + b,
      (i) => i % 4,
    ),
  },
  {
    name: 'subtract, a column from every column',
    dims: [
      [3, 4],
      [3, 1],
    ],
    graph: (tape, [a, b]) => subtract(tape, a, b),
    plain: map2(
      (a, b) => a - b,
      (i) => Math.floor(i / 4),
    ),
  },
  {
    name: 'multiply by one number',
    dims: [[3, 4], [1]],
    graph: (tape, [a, b]) => multiply(tape, a, b),
    plain: map2(
      (a, b) => a * b,
      () => 0,
    ),
  },
  {
    name: 'multiply, the same shape',
    dims: [
      [2, 3, 2],
      [2, 3, 2],
    ],
    graph: (tape, [a, b]) => multiply(tape, a, b),
    plain: map2(
      (a, b) => a * b,
      (i) => i,
    ),
  },
  {
    name: 'sigmoid',
    dims: [[3, 4]],
    graph: (tape, [a]) => sigmoid(tape, a),
    plain: ([a]) => a.map((v) => 1 / (1 + Math.exp(-v))),
  },
  { name: 'tanh', dims: [[3, 4]], graph: (tape, [a]) => tanh(tape, a), plain: ([a]) => a.map(Math.tanh) },
  {
    name: 'softmax',
    dims: [[3, 4]],
    graph: (tape, [a]) => softmax(tape, a),
    plain: ([a]) =>
      rows(a, 4, (row) => {
        const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
        return row.map((v) => Math.exp(v) / total);
      }),
  },
  {
    name: 'sum of the last dimension',
    dims: [[2, 3, 4]],
    graph: (tape, [a]) => sumLast(tape, a),
    plain: ([a]) => rows(a, 4, (row) => [row.reduce((sum, v) => sum + v, 0)]),
  },
  {
    name: 'normalise',
    dims: [[3, 4]],
    graph: (tape, [a]) => normalise(tape, a),
    plain: ([a]) =>
      rows(a, 4, (row) => row.map((v) => v / Math.sqrt(row.reduce((sum, w) => sum + w * w, 1e-12)))),
  },
  {
    name: 'concat and slice',
    dims: [
      [3, 2],
      [3, 4],
    ],
    graph: (tape, [a, b]) => slice(tape, concat(tape, [a, b]), 1, 5),
    plain: ([a, b]) =>
      Float64Array.from([0, 1, 2].flatMap((r) => [a[r * 2 + 1], b[r * 4], b[r * 4 + 1], b[r * 4 + 2]])),
  },
  { name: 'reshape', dims: [[3, 4]], graph: (tape, [a]) => reshape(tape, a, [2, 6]), plain: ([a]) => a },
  {
    name: 'a value used twice',
    dims: [[3, 4]],
    graph: (tape, [a]) => multiply(tape, a, tanh(tape, a)),
    plain: ([a]) => a.map((v) => v * Math.tanh(v)),
  },
  {
    name: 'cross-entropy',
    dims: [[3, 4]],
    graph: (tape, [a]) => {
      tape.builder.input('target', 'int32', [3, 1]);
      return crossEntropy(tape, a, {
        target: 'target',
        offset: tape.input('offset', [3, 1]),
        weight: tape.input('weight', [3, 1]),
      });
    },
    plain: ([a]) => {
      let loss = 0;
      [2, 0, 3].forEach((target, r) => {
        const row = a.slice(r * 4, r * 4 + 4);
        row[target] += OFFSET[r];
        const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
        loss -= WEIGHT[r] * Math.log(Math.exp(row[target]) / total);
      });
      return Float64Array.of(loss);
    },
  },
];

const OFFSET = [0.3, -0.7, 0];
const WEIGHT = [0.5, 0.2, 0];

/** Σ c·output, a scalar function of the inputs with known weights c. */
function probe(values: Numbers): number {
  return values.reduce((sum, value, i) => sum + value * Math.fround(Math.sin(i + 1)), 0);
}

async function gradientsByGraph(
  { dims, graph }: Case,
  inputs: readonly Float32Array[],
  name: string,
): Promise<Float32Array[]> {
  const tape = new Tape(new GraphBuilder('operator'));
  const values = dims.map((d, i) => tape.parameter(`in${i}`, d));
  const output = graph(tape, values);
  const flat = reshape(tape, output, [1, size(output.dims)]);
  const weights = tape.input('probe', [1, size(output.dims)]);
  const loss = reshape(tape, sumLast(tape, multiply(tape, flat, weights)), [1]);
  const gradients = tape.gradients(loss, values);
  gradients.forEach((g, i) => {
    tape.builder.node('Identity', [g.name], {}, `g${i}`);
    tape.builder.output(`g${i}`, 'float32', dims[i]);
  });
  const session = await createSession(tape.builder.build());
  const feeds: Tensors = Object.fromEntries(
    inputs.map((values32, i) => [`in${i}`, floatTensor(values32, dims[i])]),
  );
  const count = size(output.dims);
  feeds.probe = floatTensor(
    Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)),
    [1, count],
  );
  if (name === 'cross-entropy') {
    feeds.target = intTensor(Int32Array.of(2, 0, 3), [3, 1]);
    feeds.offset = floatTensor(Float32Array.from(OFFSET), [3, 1]);
    feeds.weight = floatTensor(Float32Array.from(WEIGHT), [3, 1]);
  }
  const results = await session.run(feeds);
  session.close();
  return inputs.map((_, i) => results[`g${i}`].data as Float32Array);
}

describe('operators: gradients against central differences of a float64 forward', () => {
  it.each(cases)('$name', async (operator) => {
    const random = new Random(7);
    const inputs = operator.dims.map((d) => Float32Array.from({ length: size(d) }, () => random.normal()));
    const gradients = await gradientsByGraph(operator, inputs, operator.name);
    const wide = inputs.map((values) => Float64Array.from(values));
    const step = 1e-5;
    wide.forEach((values, which) => {
      values.forEach((value, i) => {
        values[i] = value + step;
        const up = probe(operator.plain(wide));
        values[i] = value - step;
        const down = probe(operator.plain(wide));
        values[i] = value;
        const expected = (up - down) / (2 * step);
        expect(Math.abs(gradients[which][i] - expected)).toBeLessThan(3e-6 * Math.max(1, Math.abs(expected)));
      });
    });
  });

  it('names the value when the loss does not depend on it', () => {
    const tape = new Tape(new GraphBuilder('unused'));
    const [used, unused] = [tape.parameter('used', [1]), tape.parameter('unused', [1])];
    expect(() => tape.gradients(tanh(tape, used), [unused])).toThrow('unused');
  });
});
