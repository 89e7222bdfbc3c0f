import { describe, expect, it } from 'vitest';
import { createSession, floatTensor, type Tensors } from '../../../../../model/onnx/onnx-session.js';
import { contextCount, sessionCount, type Dataset } from '../../../../../model/train/data/dataset.js';
import { DenseOptimiser } from '../../../../../model/train/optimiser/dense-optimiser.js';
import { PackedStep } from '../../../../../model/train/network/packed-step.js';
import { cutSessions, packWindows } from '../../../../../model/train/network/packing.js';
import {
  GRAPH_PARAMETERS,
  initialParameters,
  isMasked,
  parameterSpecs,
  TABLE_COLUMNS,
  type ParameterName,
} from '../../../../../model/train/network/parameters.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { referenceScore, referenceStep, unit } from '../../../../../model/train/network/reference-network.js';
import { RowGradients } from '../../../../../model/train/optimiser/row-gradients.js';
import type { Adam } from '../../../../../model/train/optimiser/adam.js';
import { SessionWindow } from '../../../../../model/train/network/session-window.js';
import { SlowInterests } from '../../../../../model/train/network/slow-interests.js';
import { StepTargets } from '../../../../../model/train/optimiser/step-targets.js';
import { trainingGraph } from '../../../../../model/train/network/training-graph.js';
import { stepRows, tinyDataset, TINY_ITEMS } from '../../../../support/model/tiny-dataset.js';

const D = 4;
const SHAPE = { width: D, neighbours: 9, blocks: 3, blockTokens: 20 };
const RECENCY_HALF_LIFE = 0.5;
const TOKENS = SHAPE.blocks * SHAPE.blockTokens;
type Wide = Record<ParameterName, Float64Array>;

/** The loss by its definition, click by click, in float64. Slow interests and sampling are as the step has them. */
function referenceLoss(
  dataset: Dataset,
  p: Wide,
  table: Float64Array,
  slowTable: Float32Array,
  targets: StepTargets,
): number {
  const rowOf = (item: number) => unit(table.subarray(item * D, (item + 1) * D));
  const slow = new SlowInterests(dataset);
  const window = new SessionWindow(dataset, SHAPE.neighbours);
  const { columns } = targets;
  let loss = 0;
  let weights = 0;
  for (let session = 0; session < sessionCount(dataset); session++) {
    const l = new Float32Array(D);
    slow.write(session, slowTable, l);
    const states = new Map<number, Float64Array>();
    window.open(dataset.start[session]);
    for (let click = dataset.start[session]; click < dataset.start[session + 1]; click++) {
      window.see(click);
      const rows = stepRows(window, dataset, rowOf, (earlier) => states.get(earlier) as Float64Array, l);
      const { state, interest } = referenceStep(p, SHAPE, rows);
      states.set(click, state);
      if (click + 1 === dataset.start[session + 1]) continue;
      const target = dataset.item[click + 1];
      const logits = Array.from(columns.items).map((item, c) =>
        item < 0 ? -1e4 : referenceScore(interest, rowOf(item)) + (item === target ? 0 : columns.bias[c]),
      );
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const weight =
        2 ** ((click + 1 - (dataset.item.length - 1)) / (RECENCY_HALF_LIFE * dataset.item.length));
      loss -= weight * (logits[columns.column[target]] - Math.log(total));
      weights += weight;
    }
  }
  return loss / weights;
}

/** Masked logits are fixed; the gap is for the graph layer alone and the age for the readout alone. */
function isTrained(name: string, i: number): boolean {
  const column = i % TABLE_COLUMNS;
  if (name === 'relation') return !isMasked(Math.floor(i / TABLE_COLUMNS), column);
  return !(name === 'gap' && column > 0) && !(name === 'age' && column === 0);
}

async function setUp(fullSoftmaxMax: number) {
  const dataset = tinyDataset();
  const random = new Random(3);
  const parameters = initialParameters(SHAPE, random);
  for (const [name, values] of Object.entries(parameters)) {
    values.forEach((_, i) => isTrained(name, i) && (values[i] += 0.3 * random.normal()));
  }
  const vectors = Float32Array.from({ length: TINY_ITEMS * D }, () => random.normal());
  const pieces = cutSessions(
    dataset,
    { from: 0, to: sessionCount(dataset) },
    SHAPE.blockTokens,
    SHAPE.neighbours,
  );
  const windows = packWindows(pieces, SHAPE.blockTokens, random);
  const items = Int32Array.from({ length: TINY_ITEMS }, (_, i) => i);
  const targets = new StepTargets(dataset, pieces, items, {
    width: D,
    tokens: TOKENS,
    negatives: 6,
    fullSoftmaxMax,
    recencyHalfLife: RECENCY_HALF_LIFE,
  });
  const contexts = contextCount(dataset);
  const step = new PackedStep(dataset, { ...SHAPE, contexts });
  step.fill(windows, vectors, parameters);
  targets.aim(step, vectors, random);
  const { bytes, outputs } = trainingGraph({ ...SHAPE, contexts, columns: targets.columns.size });
  const session = await createSession(bytes);
  const feeds: Tensors = { ...step.feeds, ...targets.feeds };
  for (const { name, dims } of parameterSpecs(SHAPE)) {
    if ((GRAPH_PARAMETERS as readonly string[]).includes(name))
      feeds[name] = floatTensor(parameters[name], dims);
  }
  const results = await session.run(feeds, outputs);
  session.close();
  const optimiser = new DenseOptimiser(SHAPE, parameters, 3, contexts);
  const gradients = optimiser.collect(results, step);
  const rowGradients = new RowGradients(TINY_ITEMS, D, TINY_ITEMS);
  rowGradients.add(step.item, results.d_rows.data as Float32Array);
  rowGradients.add(targets.columns.items, results.d_columns.data as Float32Array);
  const wide = Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, Float64Array.from(values)]),
  ) as Wide;
  const table = Float64Array.from(vectors);
  const loss = () => referenceLoss(dataset, wide, table, vectors, targets);
  return { windows, wide, table, loss, results, gradients, rowGradients };
}

function difference(values: Float64Array, i: number, loss: () => number): number {
  const [value, step] = [values[i], 1e-5];
  values[i] = value + step;
  const up = loss();
  values[i] = value - step;
  const down = loss();
  values[i] = value;
  return (up - down) / (2 * step);
}

/** Gradient of the item table, read back through an optimiser that does nothing but record. */
function tableGradient(rowGradients: RowGradients): Float32Array {
  const seen = new Float32Array(TINY_ITEMS * D);
  rowGradients.apply({
    row: (at: number, gradient: Float32Array) => seen.set(gradient, at),
  } as unknown as Adam);
  return seen;
}

describe.each([
  ['sampled softmax', 0],
  ['softmax over all items', 100],
])('packed training graph, %s', (_, fullSoftmaxMax) => {
  it('gives the loss of the definition, click by click', async () => {
    const { windows, loss, results } = await setUp(fullSoftmaxMax);
    expect(windows.length).toBeLessThanOrEqual(SHAPE.blocks);
    expect(results.loss.data[0]).toBeCloseTo(loss(), 5);
  });

  it(
    'gives the gradient of every weight and item row, by central differences in float64',
    { timeout: 60_000 },
    async () => {
      const { wide, table, loss, gradients, rowGradients } = await setUp(fullSoftmaxMax);
      const errors: string[] = [];
      const check = (name: string, i: number, got: number, expected: number) => {
        if (Math.abs(got - expected) > 2e-6 + 2e-5 * Math.abs(expected))
          errors.push(`${name}[${i}]: ${got}, not ${expected}`);
      };
      for (const name of Object.keys(wide) as ParameterName[]) {
        wide[name].forEach((__, i) => {
          if (isTrained(name, i)) check(name, i, gradients[name][i], difference(wide[name], i, loss));
        });
      }
      tableGradient(rowGradients).forEach((got, i) => check('items', i, got, difference(table, i, loss)));
      expect(errors).toEqual([]);
    },
  );
});
