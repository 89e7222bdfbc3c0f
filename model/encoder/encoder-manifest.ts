import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../../metrics/process/startup-error.js';
import { bundleFile } from '../bundle/bundle-file.js';

/** Bytes that the weights of an encoder may have, and the files beside them. */
const MODEL_BYTES_MAX = 2 ** 31;
const TEXT_BYTES_MAX = 64 * 1024 * 1024;

const fileName = z.string().regex(/^[\w][\w.-]*$/, 'expected the name of a file in this folder');

/**
 * `encoder.json` of an encoder's folder: which files it is made of and how it is asked. The graph takes `input_ids` and
 * `attention_mask`, int64 [texts, tokens], and, where it has such an input, `token_type_ids`, all 0.
 */
const encoderManifestSchema = z.object({
  format: z.literal(1),
  /** Cached vectors are those of this name and these weights. */
  name: z.string().min(1).max(128),
  model: fileName,
  /** Of the file `model`. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  tokenizer: fileName,
  tokenizerConfig: fileName,
  /** Name of the graph's output. */
  output: z.string().min(1),
  /** Numbers of a vector. */
  dimension: z.number().int().min(8).max(4_096),
  /** `none`: the output is [texts, dimension]. Else it is [texts, tokens, dimension]: the `mean` over a text's tokens is taken, or the `first`. */
  pooling: z.enum(['none', 'mean', 'first']),
  /** Longer texts are cut. */
  maxTokens: z.number().int().min(8).max(8_192),
  /** What a text begins with for the encoder, as some were trained: `query: `, `passage: `. */
  prefix: z.object({ item: z.string().max(256), query: z.string().max(256) }),
});
export type EncoderManifest = z.infer<typeof encoderManifestSchema>;

/** An encoder's files, read and checked. */
export interface EncoderFiles {
  readonly manifest: EncoderManifest;
  readonly model: Uint8Array;
  /** Parsed JSON. */
  readonly tokenizer: object;
  readonly tokenizerConfig: object;
}

/** Reads and checks `encoder.json` alone. Rejects as `readEncoder` does. */
export async function readEncoderManifest(folder: string): Promise<EncoderManifest> {
  const manifest = encoderManifestSchema.safeParse(await readJson(folder, 'encoder.json'));
  if (manifest.success) return manifest.data;
  throw unreadable(
    manifest.error.issues.map(
      ({ path, message }) => `${join(folder, 'encoder.json')}: ${path.join('.')}: ${message}`,
    ),
  );
}

/** Reads the folder of an encoder. Rejects with a `StartupError` `encoder_unreadable` that says how to mend it. */
export async function readEncoder(folder: string): Promise<EncoderFiles> {
  const manifest = await readEncoderManifest(folder);
  const { model: name, sha256, tokenizer, tokenizerConfig } = manifest;
  const model = await read(folder, name, MODEL_BYTES_MAX);
  const found = createHash('sha256').update(model).digest('hex');
  if (found !== sha256)
    throw unreadable([`${join(folder, name)}: expected SHA-256 ${sha256}, found ${found}`]);
  return {
    manifest,
    model,
    tokenizer: await readJson(folder, tokenizer),
    tokenizerConfig: await readJson(folder, tokenizerConfig),
  };
}

async function readJson(folder: string, name: string): Promise<object> {
  const bytes = await read(folder, name, TEXT_BYTES_MAX);
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as object;
  } catch (error) {
    throw unreadable([`${join(folder, name)}: ${(error as Error).message}`]);
  }
}

async function read(folder: string, name: string, bytesMax: number): Promise<Uint8Array> {
  try {
    return await readFile(await bundleFile(folder, name, bytesMax));
  } catch (error) {
    throw unreadable([`${join(folder, name)}: ${(error as Error).message}`]);
  }
}

function unreadable(problems: readonly string[]): StartupError {
  const advice = 'copy the encoder again, name another folder with --encoder, or say --encoder none';
  return new StartupError('encoder_unreadable', [...problems, advice]);
}
