import type { GraphBuilder, NodeOptions } from '../../../onnx/graph-builder.js';

/** A float32 tensor of the graph, with static dimensions. `differentiable`: a gradient with respect to it can be asked for. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  readonly differentiable: boolean;
}

/** Emits the nodes of one operator's backward step: gradient of the result in, gradients of the inputs out (null: none). */
export type Backward = (gradient: Value) => readonly (Value | null)[];

interface Entry {
  readonly result: Value;
  readonly inputs: readonly Value[];
  readonly backward: Backward;
}

/**
 * Reverse-mode differentiation of an ONNX graph while it is written: operators record how to go back, `gradients` writes
 * the backward nodes into the same graph, so that one run gives the loss and every gradient.
 */
export class Tape {
  readonly builder: GraphBuilder;
  readonly #entries: Entry[] = [];

  constructor(builder: GraphBuilder) {
    this.builder = builder;
  }

  /** Graph input that gradients are taken with respect to. */
  parameter(name: string, dims: readonly number[]): Value {
    return { name: this.builder.input(name, 'float32', dims), dims, differentiable: true };
  }

  /** Graph input that stays fixed (masks, biases of sampling, weights of examples). */
  input(name: string, dims: readonly number[]): Value {
    return { name: this.builder.input(name, 'float32', dims), dims, differentiable: false };
  }

  /** Constant scalar. */
  scalar(value: number): Value {
    return { name: this.builder.floats([value], [1]), dims: [1], differentiable: false };
  }

  /** Writes one node that is not recorded: no gradient flows through it. */
  emit(
    type: string,
    inputs: readonly (Value | string)[],
    dims: readonly number[],
    options?: NodeOptions,
  ): Value {
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name));
    return { name: this.builder.node(type, names, options), dims, differentiable: false };
  }

  /** Records `result` as a differentiable function of `inputs`; returns the value to use from here on. */
  record(result: Value, inputs: readonly Value[], backward: Backward): Value {
    if (!inputs.some((input) => input.differentiable)) return result;
    const recorded = { ...result, differentiable: true };
    this.#entries.push({ result: recorded, inputs, backward });
    return recorded;
  }

  /**
   * Writes the backward pass of `loss` (dims [1]) and returns its gradient with respect to each of `wanted`. Throws when
   * the loss does not depend on one of them.
   */
  gradients(loss: Value, wanted: readonly Value[]): Value[] {
    const parts = new Map<string, Value[]>([[loss.name, [this.scalar(1)]]]);
    for (const entry of this.#entries.toReversed()) {
      const gradient = this.#total(parts, entry.result.name);
      if (!gradient) continue;
      entry.backward(gradient).forEach((part, i) => {
        const input = entry.inputs[i];
        if (!part || !input.differentiable) return;
        const list = parts.get(input.name);
        if (list) list.push(part);
        else parts.set(input.name, [part]);
      });
    }
    return wanted.map((value) => {
      const gradient = this.#total(parts, value.name);
      if (!gradient) throw new Error(`the loss does not depend on ${value.name}`);
      return gradient;
    });
  }

  /** Sum of what arrived for a value so far, written once. */
  #total(parts: Map<string, Value[]>, name: string): Value | undefined {
    const list = parts.get(name);
    if (!list) return undefined;
    if (list.length > 1) parts.set(name, [this.emit('Sum', list, list[0].dims)]);
    return parts.get(name)?.[0];
  }
}
