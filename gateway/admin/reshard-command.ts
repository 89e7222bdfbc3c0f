import { randomUUID } from 'node:crypto';
import { Bites, UNDIVIDED } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import { ServiceStack } from '../../metrics/process/service-stack.js';
import { GAUGE } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { catalogueFolder, checkStores, createShardPool, openLmdbCatalogueStore } from '../../shards/api.js';
import { BundleShelf } from '../models/bundle-shelf.js';
import { noBundle, servedBundle } from '../models/served-bundle.js';
import { chooseStartBundle } from '../models/start-bundle.js';
import { MarkKeeper } from '../start/mark-keeper.js';
import { openCatalogue } from '../start/open-catalogue.js';
import { EXIT, withFolder, type CommandContext, type OpenedFolder } from './command-context.js';

export interface ReshardOptions {
  readonly dataDir?: string;
  readonly bundle?: string;
  readonly shards: number;
}

/** `reshard`: brings a data folder to another number of shards, as a start with that number does. */
export function reshard(context: CommandContext, options: ReshardOptions): Promise<number> {
  return withFolder(context, options, async (folder) => {
    await (await startShards(folder)).stop();
    context.say(
      `${folder.dataDir} has ${options.shards} shards (it had ${folder.shards}); start with --shards ${options.shards}`,
    );
    return EXIT.done;
  });
}

/** Opens what shards need, in the order of a start, and starts them: that moves the users. */
function startShards({ config, dataDir, log }: OpenedFolder): Promise<ServiceStack> {
  return ServiceStack.start(async (stack) => {
    const { bundle } = await chooseStartBundle(config.bundle, new BundleShelf(dataDir), log);
    const found = await checkStores(dataDir, false);
    const marks = stack.push(await MarkKeeper.open(dataDir, { found, newId: randomUUID }, realClock, log));
    const store = await openLmdbCatalogueStore(catalogueFolder(dataDir), {
      identity: { folder: marks.folderId, store: 'catalogue' },
    });
    stack.push({ stop: () => store.close() });
    const bites = new Bites(realClock);
    const catalogue = await openCatalogue({
      config,
      dataDir,
      store,
      bites,
      bundle,
      indicesMin: found?.stores['catalogue'] ?? 0,
    });
    const { model, placed } =
      bundle === undefined ? noBundle(catalogue) : servedBundle(bundle, catalogue, bites);
    if (bundle !== undefined) await placed?.place(bundle, UNDIVIDED);
    const pool = await createShardPool({
      config,
      dataDir,
      folderId: marks.folderId,
      catalogue: catalogue.shared,
      model,
      ...(bundle !== undefined &&
        placed !== undefined && { history: { sessions: bundle.history, indexOfRow: placed.indexOfRow } }),
      stats: ThreadStats.create(),
      clock: realClock,
      log,
    });
    stack.push({ stop: () => pool.stop() });
    await marks.run(() => ({
      catalogue: catalogue.indexCount,
      ...Object.fromEntries(
        pool.stats().map(({ thread, stats }) => [thread, stats.gaugeValue(GAUGE.journalEnd)]),
      ),
    }));
    return stack;
  });
}
