import type { Tensors } from '../../onnx/onnx-session.js';
import { Adam } from './adam.js';
import type { PackedStep } from '../network/packed-step.js';
import {
  GRAPH_PARAMETERS,
  isMasked,
  parameterSpecs,
  TABLE_COLUMNS,
  TABLES,
  type NetworkShape,
  type ParameterName,
} from '../network/parameters.js';
import { RELATION } from '../../scorer/step-shape.js';

/** Gradient outputs of the training graph are called like the input, after this prefix. */
export const GRADIENT = 'd_';

/** Gathers the gradients of the network's own weights from a step's results and applies Adam. Masked logits stay as they are. */
export class DenseOptimiser {
  readonly #gradients: Record<ParameterName, Float32Array>;
  readonly #adams: readonly {
    readonly adam: Adam;
    readonly name: ParameterName;
    readonly factor: number;
  }[];
  readonly #contexts: number;

  constructor(
    shape: NetworkShape,
    parameters: Record<ParameterName, Float32Array>,
    biasFactor: number,
    contexts: number,
  ) {
    const specs = parameterSpecs(shape);
    this.#contexts = contexts;
    this.#gradients = Object.fromEntries(
      specs.map(({ name }) => [name, new Float32Array(parameters[name].length)]),
    ) as Record<ParameterName, Float32Array>;
    this.#adams = specs.map(({ name, group }) => ({
      adam: new Adam(parameters[name]),
      name,
      factor: group === 'bias' ? biasFactor : 1,
    }));
  }

  /** The moments of every parameter by name; live. */
  moments(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.#adams.flatMap(({ adam, name }) => [
        [`first.${name}`, adam.first],
        [`second.${name}`, adam.second],
      ]),
    );
  }

  /** Takes one step with the gradients of `results`; `rate` is the matrices' learning rate, `count` the number of this step, from 1. */
  apply(results: Tensors, step: PackedStep, count: number, rate: number): void {
    this.collect(results, step);
    for (const { adam, name, factor } of this.#adams) {
      adam.begin(count, rate * factor);
      adam.row(0, this.#gradients[name]);
    }
  }

  /** Gradients by parameter; borrowed until the next call. */
  collect(results: Tensors, step: PackedStep): Readonly<Record<ParameterName, Float32Array>> {
    const values = (name: string) => results[`${GRADIENT}${name}`].data as Float32Array;
    for (const name of GRAPH_PARAMETERS) this.#gradients[name].set(values(name));
    for (const name of TABLES) this.#gradients[name].fill(0);
    const pair = Array.from({ length: TABLE_COLUMNS }, (_, i) => values(`pair${i}`));
    const contexts = Array.from({ length: this.#contexts }, (_, i) => values(`context${i}`));
    step.tableGradients(pair, contexts, this.#gradients);
    this.#gradients.relation.forEach((_, i, relation) => {
      if (isMasked(Math.floor(i / TABLE_COLUMNS), i % TABLE_COLUMNS)) relation[i] = 0;
    });
    return this.#gradients;
  }
}

/** A search term's node has no training data: it gets the attention of a category's node. */
export function tieTerm(relation: Float32Array): void {
  relation[RELATION.term * TABLE_COLUMNS] = relation[RELATION.category * TABLE_COLUMNS];
}
