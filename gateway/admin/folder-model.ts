import { resolve } from 'node:path';
import { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import { bundleFingerprint, modelTag, NEIGHBOURS_TAG } from '../../model/bundle/model-tag.js';
import { Catalogue } from '../../model/catalogue/catalogue.js';
import { catalogueFolder, readLmdbCatalogue, type FolderModel } from '../../shards/api.js';
import { BundleShelf } from '../models/bundle-shelf.js';
import { placedAtStart } from '../models/served-bundle.js';
import { chooseStartBundle } from '../models/start-bundle.js';
import type { OpenedFolder } from './command-context.js';

/** A model to replay journals with, and the items that they name. */
export interface LoadedModel extends FolderModel {
  readonly items: Catalogue;
}

/**
 * The items of a data folder or a snapshot (`path`), and the model that a start on the data folder would serve. Nothing is
 * changed. Rejects with `StartupError` when the bundle or the catalogue cannot be read.
 */
export async function loadFolderModel(
  { config, dataDir, log }: Omit<OpenedFolder, 'shards'>,
  path = dataDir,
): Promise<LoadedModel> {
  const { bundle } = await chooseStartBundle(config.bundle, new BundleShelf(dataDir), log);
  const items = await readItems(path, config);
  const bites = new Bites(realClock);
  const { sessionGapMs, interestHalfLifeMs } = config;
  const { model } = await placedAtStart(bundle, items, bites);
  return {
    items,
    catalogue: items.shared,
    model,
    tuning: { sessionGapMs, interestHalfLifeMs },
  };
}

/** Tag of the model that a start on the data folder would serve. */
export async function servedTag({ config, dataDir, log }: OpenedFolder): Promise<number> {
  const { bundle } = await chooseStartBundle(config.bundle, new BundleShelf(dataDir), log);
  return bundle === undefined ? NEIGHBOURS_TAG : modelTag(bundleFingerprint(bundle.manifest));
}

/** The items of a data folder or a snapshot, in memory. */
export async function readItems(
  path: string,
  { itemsMax, attributeColumnsMax }: Pick<OpenedFolder['config'], 'itemsMax' | 'attributeColumnsMax'>,
): Promise<Catalogue> {
  const store = await readLmdbCatalogue(catalogueFolder(resolve(path)));
  const bites = new Bites(realClock);
  return Catalogue.create({ itemMax: itemsMax, columnMax: attributeColumnsMax, store, bites });
}
