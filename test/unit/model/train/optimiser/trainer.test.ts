import { describe, expect, it } from 'vitest';
import { evaluateNetwork } from '../../../../../model/eval/evaluate-network.js';
import { sessionCount } from '../../../../../model/train/data/dataset.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { trainNetwork } from '../../../../../model/train/optimiser/trainer.js';
import type { TrainingPosition } from '../../../../../model/train/optimiser/training-hooks.js';
import { tinyDataset } from '../../../../support/model/tiny-dataset.js';
import type { TrainedNetwork } from '../../../../../model/train/network/parameters.js';

const SMALL = { width: 16, blocks: 2, blockTokens: 32, epochs: 12, warmupSteps: 10 };

/** Sessions that walk round a ring of 40 items, one step at a time: the next click is certain. */
function ring(sessions: number) {
  const random = new Random(8);
  const builder = new DatasetBuilder(Array.from({ length: 41 }, (_, i) => `i${i}`));
  for (let s = 0; s < sessions; s++) {
    const from = random.below(40);
    for (let i = 0; i < 5; i++)
      builder.click(`s${s}`, `u${s % 7}`, `i${(from + i) % 40}`, {
        kind: 3,
        timeMs: 1e12 + s * 1e6 + i * 1000,
      });
  }
  return builder.build('ring', '');
}

describe.each([
  ['sampled softmax', { fullSoftmaxMax: 0, negatives: 20 }],
  ['softmax over all items', {}],
])('trainNetwork, %s', (_, options) => {
  it('learns what follows what', async () => {
    const dataset = ring(400);
    const losses: number[] = [];
    const network = await trainNetwork(
      dataset,
      { from: 0, to: 300 },
      { ...SMALL, ...options },
      {
        progress: (step, steps, loss, rate) => {
          expect(step).toBeLessThanOrEqual(steps);
          expect(rate).toBeGreaterThan(0);
          losses.push(loss);
        },
      },
    );
    expect(losses[losses.length - 1]).toBeLessThan(0.7 * losses[0]);
    const { 'mrr@20': mrr } = await evaluateNetwork(network, dataset, { from: 300, to: 400 });
    expect(mrr).toBeGreaterThan(90);
  });
});

describe('trainNetwork', () => {
  it('gives the same weights for the same seed, others for another', async () => {
    const dataset = tinyDataset(20);
    const train = (seed: number) =>
      trainNetwork(dataset, { from: 0, to: sessionCount(dataset) }, { ...SMALL, epochs: 2, seed });
    const [first, again, other] = [await train(1), await train(1), await train(2)];
    expect(again).toEqual(first);
    expect(other.vectors).not.toEqual(first.vectors);
  });

  it.each([1, 2, 5, 6, 7, 11])('goes on after %i steps, to the same bytes', async (stopAfter) => {
    const dataset = ring(120);
    const options = { ...SMALL, blocks: 4, epochs: 3, fullSoftmaxMax: 0, negatives: 20 };
    const range = { from: 0, to: 120 };
    const whole = await trainNetwork(dataset, range, options);
    const saved: { position: string; tensors: Record<string, Float32Array> }[] = [];
    const stop = new Error('stopped');
    const stopped = trainNetwork(dataset, range, options, {
      checkpoint: {
        restore: () => Promise.resolve(undefined),
        stepped: (position, tensors) => {
          const copies = Object.entries(tensors).map(([name, values]) => [name, values.slice()] as const);
          saved.push({ position: JSON.stringify(position), tensors: Object.fromEntries(copies) });
          return saved.length === stopAfter ? Promise.reject(stop) : Promise.resolve();
        },
      },
    });
    await expect(stopped).rejects.toBe(stop);
    const { position, tensors } = saved[saved.length - 1];
    let steps = 0;
    const resumed = await trainNetwork(dataset, range, options, {
      progress: () => steps++,
      checkpoint: {
        restore: (live) => {
          expect(Object.keys(live).toSorted()).toEqual(Object.keys(tensors).toSorted());
          for (const [name, values] of Object.entries(tensors)) live[name].set(values);
          return Promise.resolve(JSON.parse(position) as TrainingPosition);
        },
        stepped: () => Promise.resolve(),
      },
    });
    expect(steps).toBeGreaterThan(0);
    expect(resumed).toEqual(whole);
  });

  it('tells of every epoch with a network of its own', async () => {
    const dataset = ring(50);
    const told: TrainedNetwork[] = [];
    const epochs: number[] = [];
    const last = await trainNetwork(
      dataset,
      { from: 0, to: 50 },
      { ...SMALL, epochs: 2 },
      {
        epochEnded: (epoch, network) => {
          epochs.push(epoch);
          told.push(network);
          return Promise.resolve();
        },
      },
    );
    expect(epochs).toEqual([1, 2]);
    expect(told[1]).toEqual(last);
    expect(told[0].vectors).not.toEqual(last.vectors);
  });

  it('gives unit vectors, and zeros to items that training has not seen', async () => {
    const dataset = ring(50);
    const { vectors } = await trainNetwork(dataset, { from: 0, to: 50 }, { ...SMALL, epochs: 1 });
    const lengths = dataset.itemIds.map((__, item) =>
      Math.hypot(...vectors.subarray(item * SMALL.width, (item + 1) * SMALL.width)),
    );
    expect(lengths[40]).toBe(0);
    expect(lengths.filter((length) => length > 0).every((length) => Math.abs(length - 1) < 1e-5)).toBe(true);
  });

  it('refuses sessions of one click', async () => {
    const builder = new DatasetBuilder();
    builder.click('s', 'u', 'a');
    await expect(trainNetwork(builder.build('one', ''), { from: 0, to: 1 })).rejects.toThrow('no session');
  });
});
