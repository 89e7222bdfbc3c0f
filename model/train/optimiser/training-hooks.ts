import type { RandomState } from '../random-numbers.js';
import type { TrainedNetwork } from '../network/parameters.js';

/** Where a training run is between two steps. Live: it changes with the next step. As JSON it comes back the same to the last bit. */
export interface TrainingPosition {
  /** Epochs finished, and steps finished in the one that runs. */
  epoch: number;
  step: number;
  /** Steps finished in all, and how many there will be. */
  done: number;
  steps: number;
  /** Running mean over about 100 steps, in nats. */
  loss: number;
  /** The generator at the beginning of the epoch: the order of its sessions follows from it. */
  epochRandom: RandomState;
  random: RandomState;
}

/** Weights and moments by name. Live: they change with the next step, and what is written into them counts. */
export type TrainingTensors = Readonly<Record<string, Float32Array>>;

/** Saves a run, so that another process can go on with it. */
export interface TrainingCheckpoint {
  /** Writes what was saved into `tensors` and returns its position; undefined, and nothing written, when nothing was saved. */
  restore(tensors: TrainingTensors): Promise<TrainingPosition | undefined>;
  /** Hears of every step but the last of all. Saves when it sees fit; the run stops with what it throws. */
  stepped(position: TrainingPosition, tensors: TrainingTensors): Promise<void>;
}

export interface TrainingHooks {
  /** Told after every step. `loss` is a running mean over about 100 steps, in nats; `rate` the learning rate of item vectors. */
  readonly progress?: (step: number, steps: number, loss: number, rate: number) => void;
  /** Told after every epoch, with the network as it would be if training ended here; it is the hearer's. */
  readonly epochEnded?: (epochs: number, network: TrainedNetwork) => Promise<void>;
  readonly checkpoint?: TrainingCheckpoint;
}
