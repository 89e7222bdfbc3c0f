import { StartupError } from '../../metrics/process/startup-error.js';
import { portProblems, type ExpectedPort } from './port-problems.js';
import { createSession, floatTensor, intTensor, type OnnxSession, type Tensors } from './onnx-session.js';

export type Ports = Readonly<Record<string, ExpectedPort>>;

/**
 * Opens a bundle's graph and checks names, types and shapes of its inputs and outputs. Throws one `StartupError` that lists
 * every mismatch; `file` is named in it.
 */
export async function loadNetwork(
  file: string,
  bytes: Uint8Array,
  inputs: Ports,
  outputs: Ports,
): Promise<OnnxSession> {
  let session: OnnxSession;
  try {
    session = await createSession(bytes);
  } catch (error) {
    throw new StartupError('bundle_invalid', [
      `${file} is not a network ONNX Runtime can load: ${(error as Error).message}`,
    ]);
  }
  const problems = [
    ...portProblems(file, 'input', inputs, session.inputs),
    ...portProblems(file, 'output', outputs, session.outputs),
  ];
  if (problems.length === 0) return session;
  session.close();
  throw new StartupError('bundle_invalid', problems);
}

/** A tensor over the first numbers of `values`, as many as the port has with `size` for its symbolic dimension. Borrows them. */
export function portTensor(
  port: ExpectedPort,
  values: Float32Array | Int32Array,
  size: number,
): Tensors[string] {
  let length = 1;
  const dims: number[] = [];
  for (const dim of port.dims) {
    const count = typeof dim === 'number' ? dim : size;
    dims.push(count);
    length *= count;
  }
  return port.type === 'float32'
    ? floatTensor((values as Float32Array).subarray(0, length), dims)
    : intTensor((values as Int32Array).subarray(0, length), dims);
}
