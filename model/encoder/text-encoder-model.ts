import { createSession, longTensor, type OnnxSession, type Tensor } from '../onnx/onnx-session.js';
import { toUnitLength } from '../content/linear-projection.js';
import type { EncoderFiles, EncoderManifest } from './encoder-manifest.js';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

/** Texts of one run, and numbers of tokens of it: what a run takes in memory and in time has a bound. */
const TEXTS_A_RUN = 32;
const TOKENS_A_RUN = 1_024;
/** Texts among which those of one length are looked for: runs of 32 in the order of their characters were filled up by a quarter, these by a fiftieth. */
const TEXTS_SORTED = 1_024;
/** Characters of a text that the tokenizer looks at, for each token that the encoder takes: more never matters. */
const CHARS_A_TOKEN = 16;

/** What a text is: something said of an item, or what somebody looks for. */
export type TextKind = keyof EncoderManifest['prefix'];

/** Some of the texts: which, and Float32 [dimension] of each, of length 1; the caller's. */
export interface EncodedRun {
  readonly rows: readonly number[];
  readonly vectors: readonly Float32Array[];
}

/**
 * A language model that makes vectors of texts, on the calling thread, which each run holds up for some milliseconds. A text's
 * vector does not depend on the texts it is encoded with, but for rounding.
 */
export class TextEncoderModel {
  readonly manifest: EncoderManifest;
  /** Names what cached vectors were made by. */
  readonly id: string;
  readonly #tokenizer: Tokenizer;
  readonly #session: OnnxSession;
  readonly #takesTypes: boolean;

  private constructor(manifest: EncoderManifest, tokenizer: Tokenizer, session: OnnxSession) {
    this.manifest = manifest;
    this.id = `${manifest.name} ${manifest.sha256.slice(0, 16)} ${manifest.pooling} ${JSON.stringify(manifest.prefix)}`;
    this.#tokenizer = tokenizer;
    this.#session = session;
    this.#takesTypes = session.inputs.some(({ name }) => name === 'token_type_ids');
  }

  /** Rejects, and says how to mend it, when the files do not make an encoder. */
  static async load({
    manifest,
    model,
    tokenizer,
    tokenizerConfig,
  }: EncoderFiles): Promise<TextEncoderModel> {
    try {
      const made = createTokenizer(tokenizer, tokenizerConfig);
      const encoder = new TextEncoderModel(manifest, made, await createSession(model));
      encoder.encode(['a trial'], 'item');
      return encoder;
    } catch (error) {
      const advice = 'look at encoder.json against docs/OPERATIONS.md, or say --encoder none';
      throw new Error(`${manifest.name}: ${(error as Error).message}; ${advice}`, { cause: error });
    }
  }

  /** Vectors of the texts, Float32 [texts, dimension], each of length 1, in a buffer that is the caller's. As `runs`, at once. */
  encode(texts: readonly string[], kind: TextKind): Float32Array {
    const { dimension } = this.manifest;
    const vectors = new Float32Array(texts.length * dimension);
    for (const run of this.runs(texts, kind))
      run.rows.forEach((row, i) => vectors.set(run.vectors[i], row * dimension));
    return vectors;
  }

  /** Encodes the texts in runs of nearly one length, of `textsMax` texts at most; others get their turns between two of them. */
  *runs(texts: readonly string[], kind: TextKind, textsMax = TEXTS_A_RUN): Generator<EncodedRun> {
    for (let from = 0; from < texts.length; from += TEXTS_SORTED) {
      const ids = texts.slice(from, from + TEXTS_SORTED).map((text) => this.#idsOf(text, kind));
      const order = [...ids.keys()].sort((a, b) => ids[a].length - ids[b].length);
      for (let at = 0; at < order.length;) {
        const rows = rowsOfRun(ids, order.slice(at, at + textsMax));
        const vectors = this.#run(rows.map((row) => ids[row]));
        yield { rows: rows.map((row) => from + row), vectors };
        at += rows.length;
      }
    }
  }

  close(): void {
    this.#session.close();
  }

  #idsOf(text: string, kind: TextKind): readonly number[] {
    const { maxTokens, prefix } = this.manifest;
    const { ids } = this.#tokenizer.encode((prefix[kind] + text).slice(0, maxTokens * CHARS_A_TOKEN));
    // What ends a text ends a cut one too.
    return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ids[ids.length - 1]];
  }

  #run(ids: readonly (readonly number[])[]): Float32Array[] {
    const { dimension, output, pooling } = this.manifest;
    const tokens = Math.max(...ids.map((row) => row.length));
    const answer = this.#session.runNow(this.#feeds(ids, tokens))[output] as Tensor | undefined;
    if (answer === undefined) throw new Error(`the graph has no output "${output}"`);
    const values = answer.data as Float32Array;
    const expected = ids.length * dimension * (pooling === 'none' ? 1 : tokens);
    if (values.length !== expected)
      throw new Error(`output "${output}" has ${values.length} numbers, expected ${expected}`);
    return ids.map((row, i) => {
      const vector = pooled(values, { pooling, dimension, tokens, row: i }, row.length);
      toUnitLength(vector, 0, dimension);
      if (!vector.every((value) => Number.isFinite(value))) throw new Error('a vector is no number');
      return vector;
    });
  }

  #feeds(ids: readonly (readonly number[])[], tokens: number): Record<string, Tensor> {
    const dims = [ids.length, tokens];
    const inputs = new BigInt64Array(ids.length * tokens);
    const mask = new BigInt64Array(ids.length * tokens);
    ids.forEach((row, i) =>
      row.forEach((id, k) => {
        inputs[i * tokens + k] = BigInt(id);
        mask[i * tokens + k] = 1n;
      }),
    );
    return {
      input_ids: longTensor(inputs, dims),
      attention_mask: longTensor(mask, dims),
      ...(this.#takesTypes && { token_type_ids: longTensor(new BigInt64Array(mask.length), dims) }),
    };
  }
}

/** As many of the first of `order`, which are the shortest, as one run takes. */
function rowsOfRun(ids: readonly (readonly number[])[], order: readonly number[]): readonly number[] {
  let to = 1;
  while (to < order.length && (to + 1) * ids[order[to]].length <= TOKENS_A_RUN) to++;
  return order.slice(0, to);
}

/** The vector of one text, not yet of length 1; the caller's. */
function pooled(
  values: Float32Array,
  {
    pooling,
    dimension,
    tokens,
    row,
  }: Pick<EncoderManifest, 'pooling' | 'dimension'> & { tokens: number; row: number },
  count: number,
): Float32Array {
  if (pooling === 'none') return values.slice(row * dimension, (row + 1) * dimension);
  const start = row * tokens * dimension;
  if (pooling === 'first') return values.slice(start, start + dimension);
  const sum = new Float32Array(dimension);
  for (let k = 0; k < count; k++)
    for (let d = 0; d < dimension; d++) sum[d] += values[start + k * dimension + d] / count;
  return sum;
}
