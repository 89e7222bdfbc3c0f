import protobuf from 'protobufjs';

const field = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' });

/**
 * The part of ONNX's `onnx.proto` that a graph of tensors needs, and where a graph may hold more tensors or point outside of itself; field numbers from the ONNX IR specification, version 10.
 * Names are in camel case, as protobufjs writes them.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: many(8, 'OperatorSetIdProto'),
        functions: many(25, 'FunctionProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: many(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: many(5, 'TensorProto'),
        input: many(11, 'ValueInfoProto'),
        output: many(12, 'ValueInfoProto'),
        sparseInitializer: many(15, 'SparseTensorProto'),
      },
    },
    FunctionProto: { fields: { name: field(1, 'string'), node: many(7, 'NodeProto') } },
    NodeProto: {
      fields: {
        input: many(1, 'string'),
        output: many(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: many(5, 'AttributeProto'),
        domain: field(7, 'string'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        t: field(5, 'TensorProto'),
        g: field(6, 'GraphProto'),
        floats: many(7, 'float'),
        ints: many(8, 'int64'),
        tensors: many(10, 'TensorProto'),
        graphs: many(11, 'GraphProto'),
        type: field(20, 'int32'),
        sparseTensor: field(22, 'SparseTensorProto'),
        sparseTensors: many(23, 'SparseTensorProto'),
      },
    },
    TensorProto: {
      fields: {
        dims: many(1, 'int64'),
        dataType: field(2, 'int32'),
        floatData: many(4, 'float'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
        doubleData: many(10, 'double'),
        externalData: many(13, 'StringStringEntryProto'),
        dataLocation: field(14, 'int32'),
      },
    },
    StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    SparseTensorProto: { fields: { values: field(1, 'TensorProto'), indices: field(2, 'TensorProto') } },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: { fields: { tensorType: field(1, 'TensorType') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
    TensorShapeProto: { fields: { dim: many(1, 'Dimension') } },
    Dimension: {
      oneofs: { value: { oneof: ['dimValue', 'dimParam'] } },
      fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') },
    },
  },
});

/** Serialises a `ModelProto` given as a plain object. */
export function encodeModel(model: Record<string, unknown>): Uint8Array {
  const type = root.lookupType('ModelProto');
  return type.encode(type.fromObject(model)).finish();
}

/** A tensor that a graph holds. */
export interface TensorProto {
  readonly name: string;
  /** Code of `TensorProto.DataType`. */
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly doubleData: readonly number[];
  readonly rawData: Uint8Array;
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  /** 1: the numbers are in another file. */
  readonly dataLocation: number;
}

interface SparseTensorProto {
  readonly values?: TensorProto | null;
  readonly indices?: TensorProto | null;
}

export interface AttributeProto {
  readonly name: string;
  readonly f: number;
  readonly floats: readonly number[];
  readonly t?: TensorProto | null;
  readonly tensors: readonly TensorProto[];
  readonly g?: GraphProto | null;
  readonly graphs: readonly GraphProto[];
  readonly sparseTensor?: SparseTensorProto | null;
  readonly sparseTensors: readonly SparseTensorProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly AttributeProto[];
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly SparseTensorProto[];
}

export interface ModelProto {
  readonly graph?: GraphProto | null;
  readonly functions: readonly { readonly name: string; readonly node: readonly NodeProto[] }[];
}

/** Reads a serialised `ModelProto`. Throws when the bytes are none, or nest too deep. Byte fields are views of `bytes`. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return root.lookupType('ModelProto').decode(bytes) as unknown as ModelProto;
}
