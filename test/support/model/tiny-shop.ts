import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, loadBundle } from '../../../model/bundle/bundle.js';
import { writeBundle } from '../../../model/bundle/bundle-writer.js';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import { assembleBundle } from '../../../model/train/export/assemble-bundle.js';
import { DatasetBuilder } from '../../../model/train/data/dataset-builder.js';
import type { Dataset, SessionRange } from '../../../model/train/data/dataset.js';
import { TRAINING_DEFAULTS } from '../../../model/train/training-options.js';
import { initialParameters, type TrainedNetwork } from '../../../model/train/network/parameters.js';
import { Random } from '../../../model/train/random-numbers.js';
/** Items of the tiny shop: fewer than a list is long. */
export const TINY_SHOP_ITEMS = 12;
const SHAPE = { width: 4, neighbours: 9 };
const DAY_MS = 86_400_000;

export interface TinyShopOptions {
  readonly sessions: number;
  /** False: clicks without time and sessions without user. */
  readonly timed: boolean;
}

/**
 * Sessions of a shop whose customers mostly take the next item of the shelf; every 20th session is longer than any bound of
 * the graphs. Items that end in 11 are never clicked.
 */
export function tinyShop({ sessions, timed }: TinyShopOptions): Dataset {
  const random = new Random(9);
  const builder = new DatasetBuilder(Array.from({ length: TINY_SHOP_ITEMS }, (_, i) => `item${i}`));
  for (let s = 0; s < sessions; s++) {
    const length = s % 20 === 19 ? 150 : 1 + random.below(5);
    let item = random.below(TINY_SHOP_ITEMS - 1);
    for (let i = 0; i < length; i++) {
      const atMs = 1_300_000_000_000 + s * DAY_MS + i * 60_000;
      const user = timed ? `u${s % 7}` : '';
      builder.click(`s${s}`, user, `item${item}`, {
        kind: EVENT_KIND.select_item,
        timeMs: timed ? atMs : Number.NaN,
      });
      item = (item + (random.below(4) === 0 ? 2 : 1)) % (TINY_SHOP_ITEMS - 1);
    }
  }
  return builder.build('tiny shop', '0'.repeat(64));
}

/** A bundle of the tiny shop with a network that has learned nothing, as it is read back from its folder. */
export async function tinyBundle(dataset: Dataset, range: SessionRange): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-shop-'));
  try {
    await writeTinyBundle(folder, dataset, range);
    return await loadBundle(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function writeTinyBundle(folder: string, dataset: Dataset, range: SessionRange): Promise<void> {
  const sources = {
    name: 'tiny',
    version: '1',
    createdMs: 1e12,
    dataset,
    range,
    items: dataset.itemIds.map((id) => ({ id })),
    network: untrained(),
    options: TRAINING_DEFAULTS,
    seconds: 0,
    metrics: {},
  };
  await writeBundle(folder, await assembleBundle(sources));
}

/** The timed shop as a folder of recorded events. */
export async function writeTinyEvents(
  folder: string,
  { item, itemIds, user, timeMs, start }: Dataset,
): Promise<void> {
  const lines = ['session\tuser\titem\ttimestamp'];
  for (let session = 0; session < user.length; session++)
    for (let click = start[session]; click < start[session + 1]; click++)
      lines.push(`s${session}\tu${user[session]}\t${itemIds[item[click]]}\t${timeMs?.[click]}`);
  await writeFile(join(folder, 'events.tsv'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'items.tsv'), `item\n${itemIds.join('\n')}\n`);
}

function untrained(): TrainedNetwork {
  const random = new Random(4);
  const vectors = new Float32Array(TINY_SHOP_ITEMS * SHAPE.width);
  for (let item = 0; item < TINY_SHOP_ITEMS - 1; item++) {
    const row = Float64Array.from({ length: SHAPE.width }, () => random.normal());
    const norm = Math.hypot(...row);
    row.forEach((value, d) => (vectors[item * SHAPE.width + d] = value / norm));
  }
  return { shape: SHAPE, parameters: initialParameters(SHAPE, random), vectors };
}
