import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';
import { bundleFile } from './bundle-file.js';
import { BundleContents } from './bundle-contents.js';
import { BUNDLE_FORMAT, bundleManifestSchema, type BundleManifest } from './bundle-manifest.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import { unnamedMap, type ContentWeights } from '../content/content-projection.js';
import { FEATURE_NAMES } from '../features/feature-list.js';
import type { PurchaseHeadWeights } from '../intent/purchase-head.js';
import type { ReturnHeadWeights } from '../intent/return-head.js';
import { graphProblems } from '../onnx/graph-check.js';
import { OnnxScorer, type BundleNetworks } from '../scorer/onnx-scorer.js';
import { trialRun } from './trial-run.js';

/** A bundle that passed every check, and whose networks have answered. Arrays are the caller's. */
export interface Bundle {
  readonly folder: string;
  readonly manifest: BundleManifest;
  readonly networks: BundleNetworks;
  /** Float32 [items, width], unit length; a zero row is an item without a vector. */
  readonly vectors: Float32Array;
  /** Int32 [items, similar]: rows of the nearest items, best first; −1 where there are fewer. */
  readonly similar: Int32Array;
  /** The item of each row. */
  readonly items: readonly Item[];
  /** Recent interactions, laid out as in `model/bundle/bundle-manifest.ts`; item numbers are rows. */
  readonly history: Uint32Array;
  /** How content maps to the item space; empty when the bundle does not say. */
  readonly content: ContentWeights;
  /** Which sessions buy; absent: the data did not tell. */
  readonly purchase?: PurchaseHeadWeights | undefined;
  /** Who does not come back; absent: the data did not tell. */
  readonly returns?: ReturnHeadWeights | undefined;
}

const FILES = [
  'step.onnx',
  'ranker.onnx',
  'explain.onnx',
  'vectors.f32',
  'similar.i32',
  'items.ndjson.gz',
  'history.u32',
] as const;
const CONTENT_FILES = {
  text: 'content-text.f32',
  vectors: 'content-vectors.f32',
  /** Of bundles that were made before vectors had names. */
  vector: 'content-vector.f32',
} as const;
/** There when the data told which sessions buy. */
const PURCHASE_FILE = 'purchase.json';
/** There when the data told who comes back. */
const RETURNS_FILE = 'returns.json';
type BundleFile =
  | (typeof FILES)[number]
  | (typeof CONTENT_FILES)[keyof typeof CONTENT_FILES]
  | typeof PURCHASE_FILE
  | typeof RETURNS_FILE;

const NETWORKS = FILES.slice(0, 3);
/** Bytes that a manifest may have. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

/** What to do about a file that is not as it was made. */
const RESTORE = 'copy the bundle again, or make it anew with `npm run train`';

/**
 * Reads and checks a bundle folder whole: the manifest; that its files are regular, inside the folder, and those that were
 * made; their shapes and numbers; that no network needs anything from outside; and that a trial run gives finite scores.
 * Rejects with `StartupError` (`bundle_unreadable` or `bundle_invalid`) that lists all
 * problems, each with the file, what was expected, what was found and what to do.
 */
export async function loadBundle(folder: string): Promise<Bundle> {
  const manifest = await readManifest(folder);
  const problems = manifestProblems(folder, manifest);
  const files = new Map<string, Uint8Array>();
  for (const name of filesOf(manifest)) {
    const read = await readChecked(folder, name, manifest.files[name]);
    if (typeof read === 'string') problems.push(read);
    else files.set(name, read);
  }
  const contents = new BundleContents(folder, manifest, RESTORE);
  const read = <T>(name: BundleFile, parse: (bytes: Uint8Array) => T): T | undefined => {
    const bytes = files.get(name);
    return bytes === undefined ? undefined : parse(bytes);
  };
  for (const name of NETWORKS)
    problems.push(...(read(name, (bytes) => graphProblems(join(folder, name), bytes)) ?? []));
  const [step, ranker, explain] = NETWORKS.map((name) => files.get(name));
  const vectors = read('vectors.f32', (bytes) => contents.vectors(bytes));
  const similar = read('similar.i32', (bytes) => contents.similar(bytes));
  const items = read('items.ndjson.gz', (bytes) => contents.items(bytes));
  const history = read('history.u32', (bytes) => contents.history(bytes));
  const text = read(CONTENT_FILES.text, (bytes) => contents.contentText(bytes));
  const vectorMaps = read(CONTENT_FILES.vectors, (bytes) => contents.contentVectors(bytes));
  const unnamed = read(CONTENT_FILES.vector, (bytes) => contents.contentVector(bytes));
  const purchase = read(PURCHASE_FILE, (bytes) => contents.purchase(bytes));
  const returns = read(RETURNS_FILE, (bytes) => contents.returns(bytes));
  problems.push(...contents.problems);
  if (problems.length > 0 || !step || !ranker || !explain || !vectors || !similar || !items || !history) {
    throw new StartupError('bundle_invalid', problems);
  }
  const content = contentOf(manifest, { text, vectors: vectorMaps }, unnamed);
  const networks = { step, ranker, explain };
  await tryOut(folder, manifest, networks, vectors);
  return { folder, manifest, networks, vectors, similar, items, history, content, purchase, returns };
}

/** @param unnamed weights of an older bundle */
function contentOf(
  { shape }: BundleManifest,
  { text, vectors }: { readonly [part in 'text' | 'vectors']: ContentWeights[part] | undefined },
  unnamed: Float32Array | undefined,
): ContentWeights {
  const { blend, textShare } = shape.content ?? {};
  return {
    ...(text && { text: { ...text, ...(textShare !== undefined && { share: textShare }) } }),
    ...(vectors && { vectors }),
    ...(unnamed && unnamedMap(text, unnamed)),
    ...(blend && { blend }),
  };
}

/** Lets the networks answer. Rejects with a `StartupError` when they cannot, or when what they say is no number. */
async function tryOut(
  folder: string,
  { name, version, shape }: BundleManifest,
  networks: BundleNetworks,
  vectors: Float32Array,
): Promise<void> {
  const scorer = await OnnxScorer.load({ name, version, shape, networks });
  let problem: string | undefined;
  try {
    problem = trialRun(scorer, vectors, shape.items);
  } catch (error) {
    problem = `its trial run failed: ${(error as Error).message}`;
  } finally {
    scorer.close();
  }
  if (problem !== undefined) throw new StartupError('bundle_invalid', `${folder}: ${problem}`);
}

function filesOf({ shape, files }: BundleManifest): BundleFile[] {
  const { buckets = 0, inputs = 0, vectors = [] } = shape.content ?? {};
  return [
    ...FILES,
    ...(buckets > 0 ? [CONTENT_FILES.text] : []),
    ...(vectors.length > 0 ? [CONTENT_FILES.vectors] : []),
    ...(inputs > 0 ? [CONTENT_FILES.vector] : []),
    ...([PURCHASE_FILE, RETURNS_FILE] as const).filter((name) => name in files),
  ];
}

/** Reads and checks the manifest alone. Rejects as `loadBundle` does. */
export async function readManifest(folder: string): Promise<BundleManifest> {
  const path = join(folder, 'manifest.json');
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(await bundleFile(folder, 'manifest.json', MANIFEST_BYTES_MAX), 'utf8'));
  } catch (error) {
    const advice =
      'name a bundle folder with --bundle (AFTERCLICK_BUNDLE for a gateway, which takes none as well and serves by neighbours ' +
      'alone then)';
    throw new StartupError(
      'bundle_unreadable',
      `${path}: expected a manifest, found none that can be read (${(error as Error).message}); ${advice}`,
    );
  }
  const format = (raw as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== BUNDLE_FORMAT) {
    const advice =
      format > BUNDLE_FORMAT ? 'install a newer Afterclick' : 'make the bundle anew with `npm run train`';
    throw new StartupError(
      'bundle_invalid',
      `${path}: expected format ${BUNDLE_FORMAT}, found ${format}; ${advice}`,
    );
  }
  const parsed = bundleManifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${path}: ${issue.path.join('.')}: ${issue.message}; ${RESTORE}`,
  );
  throw new StartupError('bundle_invalid', problems);
}

function manifestProblems(folder: string, { features, shape }: BundleManifest): string[] {
  const path = join(folder, 'manifest.json');
  const advice = 'make the bundle anew with this version by `npm run train`';
  const problems: string[] = [];
  if (shape.features !== features.length) {
    problems.push(
      `${path}: expected shape.features to be ${features.length}, the number of features, found ${shape.features}; ${RESTORE}`,
    );
  }
  const differing = FEATURE_NAMES.findIndex((name, i) => features[i] !== name);
  if (differing >= 0) {
    problems.push(
      `${path}: expected feature ${differing} to be "${FEATURE_NAMES[differing]}", found "${features[differing]}"; ${advice}`,
    );
  } else if (features.length !== FEATURE_NAMES.length) {
    problems.push(`${path}: expected ${FEATURE_NAMES.length} features, found ${features.length}; ${advice}`);
  }
  return problems;
}

/** The file's bytes, or what is wrong with it. */
async function readChecked(
  folder: string,
  name: BundleFile,
  listed: { readonly sha256: string; readonly bytes: number } | undefined,
): Promise<Uint8Array | string> {
  const path = join(folder, name);
  if (listed === undefined) return `${path}: expected in the manifest's files, found nothing; ${RESTORE}`;
  try {
    const { size } = await stat(path);
    if (size !== listed.bytes) return `${path}: expected ${listed.bytes} bytes, found ${size}; ${RESTORE}`;
    const bytes = await readFile(await bundleFile(folder, name));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return sha256 === listed.sha256
      ? bytes
      : `${path}: expected SHA-256 ${listed.sha256}, found ${sha256}; ${RESTORE}`;
  } catch (error) {
    return `${path}: expected a file of ${listed.bytes} bytes, found none that can be read (${(error as Error).message}); ${RESTORE}`;
  }
}
