import { encodeModel } from './onnx-schema.js';

/** Element type codes of ONNX's `TensorProto.DataType`. */
const ELEMENT = { float32: 1, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT;

/** A dimension: a number, or the name of a symbolic one. */
export type Dimension = number | string;

/** Attribute of a node: a whole number, a list of whole numbers, a text, or a fraction marked with `float`. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Operator set; '' is ONNX's own, `com.microsoft` ONNX Runtime's. */
  readonly domain?: string;
}

const IR_VERSION = 9;
const OPSET_VERSION = 18;

function attributeProto(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}

function valueProto(name: string, type: ElementType, dims: readonly Dimension[]): object {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim } } } };
}

/**
 * Writes one ONNX graph node by node. Values are known by name; every method returns the name of what it made, to be
 * used as an input of later nodes (an ONNX graph is in topological order).
 */
export class GraphBuilder {
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #name: string;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Declares a graph input. */
  input(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.#inputs.push(valueProto(name, type, dims));
    return name;
  }

  /** Declares a graph output: a value called `name` must be, or become, the result of a node. */
  output(name: string, type: ElementType, dims: readonly Dimension[]): string {
    this.#outputs.push(valueProto(name, type, dims));
    return name;
  }

  /** Constant float32 tensor, row-major; `values` is copied. */
  floats(values: ArrayLike<number>, dims: readonly number[], name = this.fresh('c')): string {
    const raw = Float32Array.from(values);
    return this.#initializer(name, 'float32', dims, new Uint8Array(raw.buffer));
  }

  /** Constant int32 tensor, row-major. */
  ints(values: readonly number[], dims: readonly number[]): string {
    const raw = Int32Array.from(values);
    return this.#initializer(this.fresh('c'), 'int32', dims, new Uint8Array(raw.buffer));
  }

  /** Constant int64 tensor of one dimension (shapes, axes and indices in ONNX are int64). */
  longs(values: readonly number[], name = this.fresh('c')): string {
    const raw = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#initializer(name, 'int64', [values.length], new Uint8Array(raw.buffer));
  }

  /** Constant int64 scalar. */
  long(value: number): string {
    return this.#initializer(
      this.fresh('c'),
      'int64',
      [],
      new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    );
  }

  /** Adds a node with one result, called `result` when given. */
  node(
    type: string,
    inputs: readonly string[],
    options: NodeOptions = {},
    result = this.fresh(type),
  ): string {
    this.nodeWith(type, inputs, [result], options);
    return result;
  }

  /** Adds a node with several results. */
  nodeWith(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    options: NodeOptions = {},
  ): void {
    const attribute = Object.entries(options.attributes ?? {}).map(([key, value]) =>
      attributeProto(key, value),
    );
    this.#nodes.push({
      opType: type,
      input: inputs,
      output: outputs,
      attribute,
      domain: options.domain ?? '',
    });
  }

  /** Serialises the graph as an ONNX model. */
  build(): Uint8Array {
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'afterclick',
      opsetImport: [
        { domain: '', version: OPSET_VERSION },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: this.#name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }

  /** A name not used before. */
  fresh(stem: string): string {
    this.#count += 1;
    return `${stem}_${this.#count}`;
  }

  #initializer(name: string, type: ElementType, dims: readonly number[], rawData: Uint8Array): string {
    this.#initializers.push({ name, dims, dataType: ELEMENT[type], rawData });
    return name;
  }
}
