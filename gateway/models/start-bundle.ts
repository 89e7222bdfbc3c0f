import { resolve } from 'node:path';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { readManifest, type Bundle } from '../../model/bundle/bundle.js';
import { loadBundleInThread } from '../../model/bundle/bundle-thread.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import { NeighbourScorer } from '../../model/scorer/neighbour-scorer.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { BundleShelf, ServedRecord } from './bundle-shelf.js';

/** What a start serves. */
export interface StartBundle {
  /** Undefined: none, neighbours serve. */
  readonly bundle: Bundle | undefined;
  /** To be written when the data folder is this process's. */
  readonly record: ServedRecord;
}

/**
 * Which bundle a start serves: that of the `bundle` option, or the one that the last swap put in its place. The swap counts as
 * long as the option names the same folder as before and that folder holds the same bundle: a restart does not undo a swap, a
 * change of configuration does.
 * Rejects with `StartupError` when the option's bundle cannot be read.
 */
export async function chooseStartBundle(option: string, shelf: BundleShelf, log: Log): Promise<StartBundle> {
  const { folder, seen } = await lookAt(option);
  const record = shelf.read();
  const isSwapped = record?.option === folder && record.seen === seen && record.serving !== seen;
  if (isSwapped) {
    const swapped = await loadSwapped(record, shelf, log);
    if (swapped !== undefined) return { bundle: swapped.bundle, record };
  }
  const previous = record === undefined || record.serving === seen ? record?.previous : record.serving;
  const start = await optionBundle(option);
  return { ...start, record: { ...start.record, ...(previous !== undefined && { previous }) } };
}

/** What a node of a cluster begins with, whatever has served since: items and history of the bundle that its cluster was made with. Rejects as `chooseStartBundle`. */
export async function optionBundle(option: string): Promise<StartBundle> {
  const { folder, seen } = await lookAt(option);
  const bundle = option === NO_BUNDLE ? undefined : await loadBundleInThread(folder);
  return { bundle, record: { option: folder, seen, serving: seen } };
}

async function lookAt(option: string): Promise<{ readonly folder: string; readonly seen: string | null }> {
  if (option === NO_BUNDLE) return { folder: NO_BUNDLE, seen: null };
  const folder = resolve(option);
  return { folder, seen: bundleFingerprint(await readManifest(folder)) };
}

/** The bundle of the last swap. Undefined when its copy cannot be read. */
async function loadSwapped(
  { serving }: ServedRecord,
  shelf: BundleShelf,
  log: Log,
): Promise<{ readonly bundle: Bundle | undefined } | undefined> {
  try {
    const bundle = serving === null ? undefined : await loadBundleInThread(shelf.folderOf(serving));
    const model = bundle === undefined ? NO_BUNDLE : bundle.folder;
    log.info(
      { model },
      'serving what the last swap chose, not the bundle option; change that, or swap, for another',
    );
    return { bundle };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    log.warn({ err: error }, 'the copy of the bundle that served cannot be read; serving the bundle option');
    return undefined;
  }
}

/** Writes the record of a start, with a copy of what it serves. Resolves with the name of the model that served before. */
export async function recordStart(
  { bundle, record }: StartBundle,
  shelf: BundleShelf,
): Promise<string | null> {
  if (bundle !== undefined) await shelf.keep(bundle.folder);
  await shelf.write(record);
  if (record.previous === undefined) return null;
  if (record.previous === null) return new NeighbourScorer().name;
  const manifest = await readManifest(shelf.folderOf(record.previous)).catch(() => undefined);
  return manifest === undefined ? null : `${manifest.name}@${manifest.version}`;
}
