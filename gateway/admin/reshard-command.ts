import { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import { ServiceStack } from '../../metrics/process/service-stack.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { createShardPool } from '../../shards/api.js';
import { BundleShelf } from '../models/bundle-shelf.js';
import { placedAtStart, startOf } from '../models/served-bundle.js';
import { chooseStartBundle } from '../models/start-bundle.js';
import { openStores } from '../start/open-stores.js';
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
    const bites = new Bites(realClock);
    const opening = { config, dataDir, acceptsLoss: false, bundle, bites, log };
    const { folderId, catalogue, run } = await openStores(stack, opening);
    const served = await placedAtStart(bundle, catalogue, bites);
    const pool = await createShardPool({
      config,
      dataDir,
      folderId,
      catalogue: catalogue.shared,
      ...startOf(bundle, served),
      stats: ThreadStats.create(),
      clock: realClock,
      log,
    });
    stack.push({ stop: () => pool.stop() });
    await run(pool);
    return stack;
  });
}
