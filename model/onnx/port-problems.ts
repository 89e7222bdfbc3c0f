import type { Port } from './onnx-session.js';

/** An input or output that a graph must have; a dimension of text is symbolic and may be any. */
export interface ExpectedPort {
  readonly type: 'float32' | 'int32';
  readonly dims: readonly (number | string)[];
}

/** What of a graph in `file` does not fit: ports that are missing, or of another type or shape. `side` is `input` or `output`. */
export function portProblems(
  file: string,
  side: string,
  expected: Readonly<Record<string, ExpectedPort>>,
  found: readonly Port[],
): string[] {
  const problems: string[] = [];
  for (const [name, port] of Object.entries(expected)) {
    const got = found.find((candidate) => candidate.name === name);
    if (got === undefined) {
      problems.push(`${file} has no ${side} "${name}"; it has ${found.map((p) => p.name).join(', ')}`);
      continue;
    }
    const fits =
      got.shape.length === port.dims.length &&
      port.dims.every((dim, i) => typeof dim === 'string' || got.shape[i] === dim);
    if (got.type !== port.type || !fits) {
      problems.push(
        `${file} ${side} "${name}" is ${got.type} [${got.shape.join(', ')}], but the manifest's shape asks for ${port.type} [${port.dims.join(', ')}]`,
      );
    }
  }
  return problems;
}
