import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../../metrics/process/startup-error.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import { DatasetBuilder, attributesOf } from '../../../model/train/data/dataset-builder.js';
import type { Interactions } from '../../../model/train/data/readers/interactions.js';
import { EVENT_KIND, modelKind } from '../../../model/scorer/event-kinds.js';
import { effectOf } from '../../graph/interest/event-effects.js';
import type { JournalEvent } from '../../store/journal-entry.js';
import { shardOptions } from '../../pool/shard-options.js';
import { catalogueFolder, checkDataFolder } from '../../store/data-folder.js';
import { isVisitor, keyOfOldName } from '../../store/user-key.js';
import { readCatalogueItems, readJournal } from '../../store/lmdb/journal-reader.js';

/**
 * What a gateway has recorded, as training sees it: the journals of all its shards, those of removed ones included, and its
 * catalogue. The gateway may be running. An event of several items is so many clicks, as it is when it is served; events
 * that are no clicks, and clicks on items that were deleted, are left out. Sessions are a user's clicks up to a pause of the
 * session gap; a visitor who was merged into a user is that user. Rejects with `StartupError`.
 */
export async function readJournalData(dataDir: string): Promise<Interactions> {
  if (checkDataFolder(dataDir) === undefined) {
    throw new StartupError(
      'data_unreadable',
      `${dataDir}: expected the data folder of a gateway (AFTERCLICK_DATA_DIR), found nothing; name one with --journal`,
    );
  }
  const catalogue = await readCatalogueRows(dataDir);
  const clicks = new ClickCollector(catalogue);
  for (const store of journalStores(dataDir)) await readJournal(store, clicks);
  if (clicks.builder.clickCount === 0) {
    throw new StartupError(
      'data_unreadable',
      `${dataDir}: expected clicks in the journals of its shards, found none yet`,
    );
  }
  const { items } = catalogue;
  const dataset = clicks.builder.build(
    'journal',
    clicks.hash.digest('hex'),
    attributesOf(items),
    shardOptions.sessionGapMs.fallback,
  );
  return { dataset, items, test: undefined };
}

interface CatalogueRows {
  readonly items: readonly Item[];
  /** Row of each item index, −1 for a deleted item. */
  readonly rowOf: Int32Array;
}

async function readCatalogueRows(dataDir: string): Promise<CatalogueRows> {
  const stored = await readCatalogueItems(catalogueFolder(dataDir));
  const rowOf = new Int32Array((stored.at(-1)?.index ?? -1) + 1).fill(-1);
  const items: Item[] = [];
  for (const { index, json, isDeleted } of stored) {
    if (!isDeleted) rowOf[index] = items.push(JSON.parse(json) as Item) - 1;
  }
  return { items, rowOf };
}

/** Stores with a journal: those of the shards, then those in `retired/`, in order of their names. */
function journalStores(dataDir: string): string[] {
  const retired = join(dataDir, 'retired');
  return [dataDir, ...(existsSync(retired) ? [retired] : [])].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.startsWith('shard-'))
      .sort()
      .map((name) => join(folder, name)),
  );
}

class ClickCollector {
  readonly builder: DatasetBuilder;
  readonly hash = createHash('sha256');
  readonly #catalogue: CatalogueRows;
  readonly #into = new Map<string, string>();

  constructor(catalogue: CatalogueRows) {
    this.#catalogue = catalogue;
    this.builder = new DatasetBuilder(catalogue.items.map(({ id }) => id));
  }

  alias(userId: string, to: string): void {
    this.#into.set(userId, to);
  }

  record(events: readonly JournalEvent[], bytes: Uint8Array): void {
    this.hash.update(bytes);
    for (const event of events) {
      if (effectOf(event.kind, event.value).isClick) this.#take(event);
      if (event.kind === EVENT_KIND.refund)
        this.builder.refund(this.#ownerOf(event), event.tsMs, event.value);
    }
  }

  keyOfOld(user: string): string {
    return keyOfOldName({ alias: (name) => this.#into.get(name) }, user);
  }

  #ownerOf({ user }: JournalEvent): string {
    return (isVisitor(user) ? this.#into.get(user) : undefined) ?? user;
  }

  /** The first of an event's items that is known has its money, so that it counts once. */
  #take(event: JournalEvent): void {
    const { items, kind, tsMs, value } = event;
    const owner = this.#ownerOf(event);
    let money = kind === EVENT_KIND.purchase && value > 0 ? value : 0;
    for (const index of items) {
      const row = this.#catalogue.rowOf[index] ?? -1;
      if (row < 0) continue;
      const details = { kind: modelKind(kind), timeMs: tsMs, money };
      this.builder.click(owner, owner, this.#catalogue.items[row].id, details);
      money = 0;
    }
  }
}
