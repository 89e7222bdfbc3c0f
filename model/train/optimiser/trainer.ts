import { createSession, floatTensor, type OnnxSession, type Tensors } from '../../onnx/onnx-session.js';
import { Adam, scheduleFactor } from './adam.js';
import { contextCount, itemCounts, type Dataset, type SessionRange } from '../data/dataset.js';
import { DenseOptimiser, GRADIENT, tieTerm } from './dense-optimiser.js';
import { TRAINING_DEFAULTS, type TrainingOptions } from '../training-options.js';
import { PackedStep } from '../network/packed-step.js';
import { cutSessions, packWindows, type Piece } from '../network/packing.js';
import {
  GRAPH_PARAMETERS,
  initialParameters,
  parameterSpecs,
  type ParameterName,
  type TrainedNetwork,
} from '../network/parameters.js';
import { Random } from '../random-numbers.js';
import { RowGradients } from './row-gradients.js';
import { StepTargets } from './step-targets.js';
import { trainingGraph } from '../network/training-graph.js';
import type { TrainingHooks, TrainingPosition, TrainingTensors } from './training-hooks.js';
import { fillUnseenCodes } from './unseen-codes.js';

/**
 * Learns item vectors and network weights from the sessions of `range`. Deterministic for a seed. It works on the calling
 * thread with a pause after every step; give it a process of its own. A run that goes on from a saved position ends with the
 * same bytes as one that was never stopped. Rejects when no session of the range has two clicks, and with what a hook throws.
 */
export async function trainNetwork(
  dataset: Dataset,
  range: SessionRange,
  options: Partial<TrainingOptions> = {},
  hooks: TrainingHooks = {},
): Promise<TrainedNetwork> {
  const settings = { ...TRAINING_DEFAULTS, ...options };
  const pieces = cutSessions(dataset, range, settings.blockTokens, settings.neighbours);
  if (pieces.length === 0) throw new Error('nothing to train on: no session of the range has two clicks');
  const run = new TrainingRun(dataset, range, pieces, settings);
  try {
    await run.open();
    return await run.train(hooks);
  } finally {
    run.close();
  }
}

/** The state of one training run: weights, their moments, and the graph that computes a step. */
class TrainingRun {
  readonly #settings: TrainingOptions;
  readonly #pieces: readonly Piece[];
  readonly #random: Random;
  readonly #parameters: Record<ParameterName, Float32Array>;
  /** Float32 [items, D]: raw item rows. */
  readonly #vectors: Float32Array;
  readonly #step: PackedStep;
  readonly #targets: StepTargets;
  readonly #rowGradients: RowGradients;
  readonly #itemOptimiser: Adam;
  readonly #optimiser: DenseOptimiser;
  /** Int32 [items]: clicks in the range. */
  readonly #seen: Int32Array;
  readonly #contexts: number;
  #session: OnnxSession | undefined;
  #outputs: readonly string[] = [];
  #feeds: Tensors = {};

  constructor(dataset: Dataset, range: SessionRange, pieces: readonly Piece[], settings: TrainingOptions) {
    const { width, blocks, blockTokens, biasFactor } = settings;
    const tokens = blocks * blockTokens;
    const items = dataset.itemIds.length;
    this.#settings = settings;
    this.#pieces = pieces;
    this.#contexts = contextCount(dataset);
    this.#random = new Random(settings.seed);
    this.#parameters = initialParameters(settings, this.#random);
    this.#vectors = Float32Array.from(
      { length: items * width },
      () => this.#random.normal() / Math.sqrt(width),
    );
    this.#seen = itemCounts(dataset, range);
    const known = Int32Array.from(this.#seen.keys()).filter((item) => this.#seen[item] > 0);
    this.#step = new PackedStep(dataset, { ...settings, contexts: this.#contexts });
    this.#targets = new StepTargets(dataset, pieces, known, { ...settings, tokens });
    this.#rowGradients = new RowGradients(items, width, Math.min(items, tokens + this.#targets.columns.size));
    this.#itemOptimiser = new Adam(this.#vectors);
    this.#optimiser = new DenseOptimiser(settings, this.#parameters, biasFactor, this.#contexts);
  }

  /** Builds and loads the training graph. */
  async open(): Promise<void> {
    const shape = { ...this.#settings, contexts: this.#contexts, columns: this.#targets.columns.size };
    const { bytes, outputs } = trainingGraph(shape);
    this.#session = await createSession(bytes, { threads: this.#settings.threads });
    this.#outputs = outputs;
    this.#feeds = { ...this.#step.feeds, ...this.#targets.feeds };
    for (const { name, dims } of parameterSpecs(this.#settings)) {
      if ((GRAPH_PARAMETERS as readonly string[]).includes(name)) {
        this.#feeds[name] = floatTensor(this.#parameters[name], dims);
      }
    }
  }

  /** All epochs, or what is left of them. */
  async train(hooks: TrainingHooks): Promise<TrainedNetwork> {
    const { epochs } = this.#settings;
    const at = (await hooks.checkpoint?.restore(this.#tensors())) ?? this.#start();
    while (at.epoch < epochs) {
      await this.#epoch(at, hooks);
      await hooks.epochEnded?.(at.epoch, this.#result());
      if (at.epoch < epochs) await hooks.checkpoint?.stepped(at, this.#tensors());
    }
    return this.#result();
  }

  /** The steps of an epoch from `at` on, and `at` moved to the beginning of the next. */
  async #epoch(at: TrainingPosition, { progress, checkpoint }: TrainingHooks): Promise<void> {
    const { epochs, blocks, blockTokens, itemRate } = this.#settings;
    this.#random.restore(at.epochRandom);
    const windows = packWindows(this.#pieces, blockTokens, this.#random);
    if (at.step > 0) this.#random.restore(at.random);
    const perEpoch = Math.ceil(windows.length / blocks);
    at.steps = Math.max(at.steps, perEpoch * epochs);
    while (at.step < perEpoch) {
      const chosen = windows.slice(at.step * blocks, (at.step + 1) * blocks);
      const rate = itemRate * this.#factor(at.done, at.steps);
      const loss = await this.#learn(chosen, at.done, at.steps);
      at.step++;
      at.done++;
      at.loss += (loss - at.loss) / Math.min(at.done, 100);
      at.random = this.#random.save();
      progress?.(at.done, at.steps, at.loss, rate);
      if (at.step < perEpoch) await checkpoint?.stepped(at, this.#tensors());
    }
    at.epoch++;
    at.step = 0;
    at.epochRandom = at.random;
  }

  #start(): TrainingPosition {
    const random = this.#random.save();
    return { epoch: 0, step: 0, done: 0, steps: 0, loss: 0, epochRandom: random, random };
  }

  /** Everything that a step changes and the next one needs, by name; live. With anything left out, a run that goes on would differ. */
  #tensors(): TrainingTensors {
    const parameters = this.#parameters;
    const vectors = this.#vectors;
    const itemOptimiser = this.#itemOptimiser;
    const optimiser = this.#optimiser;
    const items = { vectors, 'first.vectors': itemOptimiser.first, 'second.vectors': itemOptimiser.second };
    return { ...items, ...parameters, ...optimiser.moments() };
  }

  #factor(done: number, steps: number): number {
    const { warmupSteps, finalRate } = this.#settings;
    // A short training would be over before a long warm-up is.
    return scheduleFactor(done, steps, Math.min(warmupSteps, Math.ceil(steps / 10)), finalRate);
  }

  close(): void {
    this.#session?.close();
  }

  /** One step; returns its loss per click. */
  async #learn(windows: readonly Piece[][], done: number, steps: number): Promise<number> {
    const { dropout, itemRate, matrixRate } = this.#settings;
    this.#step.fill(windows, this.#vectors, this.#parameters);
    if (dropout > 0) this.#step.drop(this.#random, dropout);
    if (this.#targets.aim(this.#step, this.#vectors, this.#random) === 0) return 0;
    const results = await (this.#session as OnnxSession).run(this.#feeds, this.#outputs);
    const factor = this.#factor(done, steps);
    this.#rowGradients.add(this.#step.item, results[`${GRADIENT}rows`].data as Float32Array);
    this.#rowGradients.add(this.#targets.columns.items, results[`${GRADIENT}columns`].data as Float32Array);
    this.#itemOptimiser.begin(done + 1, itemRate * factor);
    this.#rowGradients.apply(this.#itemOptimiser);
    this.#optimiser.apply(results, this.#step, done + 1, matrixRate * factor);
    return results.loss.data[0] as number;
  }

  /** The network as it is now, in arrays of its own. */
  #result(): TrainedNetwork {
    const { width, neighbours } = this.#settings;
    const parameters = Object.fromEntries(
      Object.entries(this.#parameters).map(([name, values]) => [name, values.slice()]),
    ) as Record<ParameterName, Float32Array>;
    tieTerm(parameters.relation);
    fillUnseenCodes(parameters);
    const vectors = new Float32Array(this.#vectors.length);
    this.#seen.forEach((count, item) => {
      if (count > 0) copyUnit(this.#vectors, vectors, item * width, width);
    });
    return { shape: { width, neighbours }, parameters, vectors };
  }
}

function copyUnit(from: Float32Array, to: Float32Array, at: number, width: number): void {
  let square = 0;
  for (let d = 0; d < width; d++) square += from[at + d] * from[at + d];
  const length = Math.sqrt(square) || 1;
  for (let d = 0; d < width; d++) to[at + d] = from[at + d] / length;
}
