import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadBundle } from '../../../model/bundle/bundle.js';
import { BundleShelf } from '../../../gateway/models/bundle-shelf.js';
import { begunMerges } from '../../../shards/live/merge-intents.js';
import { checkDataFolder } from '../../../shards/store/data-folder.js';
import { checkReplay } from '../../../shards/replay/check-replay.js';
import type { ReplayPlan } from '../../../shards/replay/empty-shard.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { TUNING } from '../../support/shards/shard-harness.js';
import { checkStores } from '../../../shards/store/inspection/check-stores.js';
import type { PromiseLedger } from '../workload/promise-ledger.js';
import { checkCatalogue } from './catalogue-check.js';
import type { FindingListener } from './cut-findings.js';
import type { PlannedCut } from './cut-plan.js';
import { modelOf, openFolder, recoverShard, type OpenFolder } from './folder-recovery.js';
import { JournalCheck } from './journal-check.js';
import { checkMerges } from './merge-check.js';
import { checkSnapshots } from './snapshot-check.js';

/** What a folder is opened with. */
export interface CutCheckContext {
  /** Starts the real gateway on a folder and ends it, in order or by a kill; rejects when it does not start. */
  readonly openByGateway: (dataDir: string, end: 'stop' | 'kill') => Promise<void>;
}

/**
 * Looks at a folder as it was left by a power cut: opens it with the real stores and the real recovery, and compares it with what was
 * promised by then.
 */
export class CutCheck {
  readonly #context: CutCheckContext;
  readonly #found: FindingListener;

  constructor(context: CutCheckContext, found: FindingListener) {
    this.#context = context;
    this.#found = found;
  }

  /** Never rejects. */
  async run(dataDir: string, ledger: PromiseLedger, by: PlannedCut['by']): Promise<void> {
    await checkSnapshots(ledger, dataDir, this.#found);
    try {
      const isOpened = by === 'gateway' || (by === 'start' && ledger.isSwapAsked);
      if (isOpened) await this.#context.openByGateway(dataDir, 'stop');
      else if (by === 'start') await checkStores(dataDir, false);
      if (checkDataFolder(dataDir) === undefined && !ledger.isOpen) return;
      await this.#checkStores(dataDir, ledger);
    } catch (error) {
      this.#found('refused', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await this.#checkModel(dataDir, ledger);
  }

  async #checkStores(dataDir: string, ledger: PromiseLedger): Promise<void> {
    let folder = await openFolder(dataDir, this.#found);
    if (folder.stores.some((store) => begunMerges(store).length > 0)) {
      // It takes both shards to end a merge: a gateway does it before it is ready.
      await folder.close();
      await this.#context.openByGateway(dataDir, 'kill');
      folder = await openFolder(dataDir, this.#found);
    }
    try {
      await this.#checkFolder(dataDir, folder, ledger);
    } finally {
      await folder.close();
    }
  }

  async #checkFolder(dataDir: string, folder: OpenFolder, ledger: PromiseLedger): Promise<void> {
    new JournalCheck(ledger, folder.stores, this.#found).run();
    checkMerges(ledger, folder.stores, this.#found);
    checkCatalogue(ledger, folder.catalogueStore, this.#found);
    for (const shard of folder.stores.keys()) await this.#checkStates(dataDir, folder, shard);
  }

  /** The states are what the journal says, as they are stored and after the recovery. */
  async #checkStates(dataDir: string, folder: OpenFolder, shard: number): Promise<void> {
    const { catalogue, stores } = folder;
    const model = await modelOf(stores[shard].statesModel, catalogue, servingFolder(dataDir));
    if (model === undefined) return;
    const plan = { catalogue: catalogue.shared, model, tuning: TUNING };
    await this.#checkReplay(stores[shard], plan);
    await recoverShard(folder, shard, model);
    await this.#checkReplay(stores[shard], plan);
    model.scorer.close();
  }

  async #checkReplay(store: ShardStore, plan: ReplayPlan): Promise<void> {
    const { differences, unreadable } = await checkReplay(store, plan);
    for (const { userId, differences: texts } of differences)
      this.#found('differs', `${JSON.stringify(userId)}: ${texts.join('; ')}`);
    if (unreadable > 0) this.#found('lost', `${unreadable} records of a journal cannot be read`);
  }

  /** The model that serves is the one that was answered, or the one that was asked for; its copy is whole. */
  async #checkModel(dataDir: string, { isSwapAsked, fingerprint }: PromiseLedger): Promise<void> {
    const shelf = new BundleShelf(dataDir);
    const serving = shelf.read()?.serving ?? undefined;
    if (fingerprint !== undefined && serving !== fingerprint)
      this.#found('lost', `the model ${fingerprint}: ${String(serving)} serves`);
    if (serving === undefined) return;
    if (!isSwapAsked) this.#found('unexpected', `the model ${serving}`);
    const folder = shelf.folderOf(serving);
    if (!existsSync(join(folder, 'manifest.json')))
      return this.#found('lost', `the copy of the model ${serving}`);
    await loadBundle(folder).catch((error: Error) => this.#found('broken', `a model: ${error.message}`));
  }
}

/** The copy of the bundle that serves. */
function servingFolder(dataDir: string): string | undefined {
  const shelf = new BundleShelf(dataDir);
  const serving = shelf.read()?.serving ?? undefined;
  return serving === undefined ? undefined : shelf.folderOf(serving);
}
