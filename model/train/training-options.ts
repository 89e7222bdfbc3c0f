/** What a training run can be told; every one has a default that was validated (docs/decisions/0004-training.md). */
export interface TrainingOptions {
  readonly seed: number;
  readonly epochs: number;
  /** Width D. */
  readonly width: number;
  /** Rows N of a neighbourhood. */
  readonly neighbours: number;
  /** Clicked items whose cosines with a candidate the ranker is told. */
  readonly recents: number;
  /** Windows per step and clicks per window: 512 clicks a step. */
  readonly blocks: number;
  readonly blockTokens: number;
  /** Uniform negatives per step. */
  readonly negatives: number;
  /** Up to this many items the softmax is over all of them. */
  readonly fullSoftmaxMax: number;
  /** Share of the training clicks after which a click counts half as much: what was clicked lately says more about tomorrow. */
  readonly recencyHalfLife: number;
  /** Share of the inputs set to zero in training. */
  readonly dropout: number;
  /** Learning rates of Adam: item table, matrices; biases learn `biasFactor` times faster than matrices. */
  readonly itemRate: number;
  readonly matrixRate: number;
  readonly biasFactor: number;
  readonly warmupSteps: number;
  /** Share of the learning rate left at the end of the cosine. */
  readonly finalRate: number;
  /** Threads of ONNX Runtime; the result has not been seen to depend on it. */
  readonly threads: number;
}

export const TRAINING_DEFAULTS: TrainingOptions = {
  seed: 1,
  epochs: 4,
  width: 64,
  neighbours: 24,
  recents: 4,
  blocks: 4,
  blockTokens: 128,
  negatives: 8192,
  fullSoftmaxMax: 8704,
  recencyHalfLife: 0.4,
  dropout: 0.2,
  itemRate: 1e-2,
  matrixRate: 2e-3,
  biasFactor: 3,
  warmupSteps: 200,
  finalRate: 0.03,
  threads: 2,
};
