import {
  decodeModel,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from './onnx-schema.js';

/** `TensorProto.DataType` of numbers that may not be finite. */
const FLOAT32 = 1;
const FLOAT16 = 10;
const FLOAT64 = 11;
const BFLOAT16 = 16;
/** Operator sets that ONNX Runtime brings with it; others are code of somebody's own. */
const DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'com.microsoft']);
/** `TensorProto.DataLocation.EXTERNAL`. */
const EXTERNAL = 1;

/**
 * What is wrong with a graph before anybody runs it: bytes that are none, numbers that are not finite, tensors whose numbers are
 * in another file, operators that ONNX Runtime does not bring. Empty when all is well. `file` is named in every problem.
 */
export function graphProblems(file: string, bytes: Uint8Array): string[] {
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    return [`${file}: expected an ONNX graph, found none that can be read (${(error as Error).message})`];
  }
  if (model.graph === undefined || model.graph === null)
    return [`${file}: expected an ONNX graph, found a file without one`];
  const check = new GraphCheck(file);
  check.graph(model.graph);
  for (const { node } of model.functions) check.nodes(node);
  return check.problems;
}

class GraphCheck {
  readonly problems: string[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  graph({ node, initializer, sparseInitializer }: GraphProto): void {
    for (const tensor of initializer) this.#tensor(tensor, `"${tensor.name}"`);
    for (const { values, indices } of sparseInitializer) {
      this.#tensor(values, 'a sparse tensor');
      this.#tensor(indices, 'a sparse tensor');
    }
    this.nodes(node);
  }

  nodes(nodes: readonly NodeProto[]): void {
    for (const node of nodes) {
      const what = `node "${node.name}" (${node.opType})`;
      if (!DOMAINS.has(node.domain))
        this.#problem(`expected operators of ONNX and ONNX Runtime, found ${what} of "${node.domain}"`);
      for (const attribute of node.attribute) this.#attribute(attribute, what);
    }
  }

  #attribute(attribute: AttributeProto, what: string): void {
    const { f, floats, t, tensors, g, graphs, sparseTensor, sparseTensors } = attribute;
    this.#finite([f, ...floats], what);
    for (const tensor of [t, ...tensors]) this.#tensor(tensor, what);
    for (const sparse of [sparseTensor, ...sparseTensors]) {
      this.#tensor(sparse?.values, what);
      this.#tensor(sparse?.indices, what);
    }
    for (const graph of [g, ...graphs]) if (graph !== undefined && graph !== null) this.graph(graph);
  }

  #tensor(tensor: TensorProto | null | undefined, what: string): void {
    if (tensor === undefined || tensor === null) return;
    if (tensor.dataLocation === EXTERNAL || tensor.externalData.length > 0) {
      const where = tensor.externalData.find(({ key }) => key === 'location')?.value ?? 'another file';
      this.#problem(`expected all numbers inside, found ${what} with those of ${where}`);
    }
    this.#finite(tensor.floatData, what);
    this.#finite(tensor.doubleData, what);
    this.#finite(rawNumbers(tensor), what);
  }

  #finite(numbers: ArrayLike<number>, what: string): void {
    for (let i = 0; i < numbers.length; i++) {
      if (Number.isFinite(numbers[i])) continue;
      this.#problem(`expected finite numbers, found ${numbers[i]} in ${what}`);
      return;
    }
  }

  #problem(problem: string): void {
    this.problems.push(`${this.#file}: ${problem}`);
  }
}

/** The tensor's floating-point numbers that are kept as bytes, little-endian; half precision as 0, or NaN for what is not finite. */
function rawNumbers({ dataType, rawData }: TensorProto): ArrayLike<number> {
  const { buffer: bytes, byteLength } = Uint8Array.from(rawData);
  if (dataType === FLOAT32) return new Float32Array(bytes, 0, byteLength >> 2);
  if (dataType === FLOAT64) return new Float64Array(bytes, 0, byteLength >> 3);
  const exponent = dataType === FLOAT16 ? 0x7c00 : 0x7f80;
  if (dataType !== FLOAT16 && dataType !== BFLOAT16) return [];
  return Float32Array.from(new Uint16Array(bytes, 0, byteLength >> 1), (bits) =>
    (bits & exponent) === exponent ? Number.NaN : 0,
  );
}
