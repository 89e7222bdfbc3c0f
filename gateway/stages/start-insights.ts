import { join } from 'node:path';
import type { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import type { ServiceStack } from '../../metrics/process/service-stack.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { AttributeFinder } from '../../model/catalogue/words/attribute-finder.js';
import { readEncoderManifest } from '../../model/encoder/encoder-manifest.js';
import type { StartedPool } from '../../shards/api.js';
import { nameList } from '../admission/name-list.js';
import { MarketView } from '../market/market-view.js';
import { ShopCommunities } from '../market/shop-communities.js';
import { Meaning } from '../meaning/meaning.js';
import type { Models } from '../models/models.js';
import type { HookSender } from '../segments/deliver-hook.js';
import { HookTurns } from '../segments/hook-turns.js';
import { foundInCluster, foundInFile, type FoundStore } from '../segments/found-store.js';
import { FoundSegments } from '../segments/found-segments.js';
import { segmentFile } from '../segments/kept-segments.js';
import { SegmentHooks } from '../segments/segment-hooks.js';
import { sharedSegments, type SegmentStore } from '../segments/segment-store.js';
import { Segments } from '../segments/segments.js';
import type { Ground } from './ground.js';

/** What insights are won from. */
export interface InsightSources {
  readonly pool: StartedPool;
  readonly catalogue: Catalogue;
  readonly models: Models;
  readonly bites: Bites;
}

/** What is known beyond lists: what words mean, what belongs together, what the market does, who is alike. */
export interface Insights {
  readonly meaning: Meaning;
  readonly communities: ShopCommunities;
  readonly market: MarketView;
  readonly segments: Segments;
  readonly hooks: HookSender;
  readonly foundSegments: FoundSegments;
}

/** Starts all of them; `stack` ends them. Rejects when the encoder's folder or a file of theirs cannot be read. */
export async function startInsights(
  stack: ServiceStack,
  ground: Ground,
  sources: InsightSources,
): Promise<Insights> {
  const meaning = await startMeaning(stack, ground, sources);
  const communities = await startCommunities(stack, ground, sources);
  const market = await startMarket(stack, ground, { ...sources, communities });
  return {
    meaning,
    communities,
    market,
    ...(await startSegments(stack, ground, sources)),
    foundSegments: await findSegments(stack, ground, sources),
  };
}

async function startMeaning(
  stack: ServiceStack,
  { config, dataDir, stats, log }: Ground,
  { catalogue, models }: InsightSources,
): Promise<Meaning> {
  if (config.encoder !== NO_BUNDLE) await readEncoderManifest(config.encoder);
  const meaning = stack.push(new Meaning({ config, dataDir, catalogue, clock: realClock, stats, log }));
  models.onServe((model) => meaning.serve(model));
  return meaning;
}

async function startCommunities(
  stack: ServiceStack,
  { config, dataDir, stats, log }: Ground,
  { pool, catalogue, models, bites }: InsightSources,
): Promise<ShopCommunities> {
  const graphs = () => ({
    interactions: pool.interactions,
    vectors: models.vectors,
    transitionHalfLifeMs: config.transitionHalfLifeMs,
  });
  const everyMs = config.communitiesEveryMs;
  return stack.push(
    await ShopCommunities.open({ everyMs, dataDir, catalogue, graphs, bites, clock: realClock, stats, log }),
  );
}

async function startMarket(
  stack: ServiceStack,
  { dataDir, log }: Ground,
  { pool, catalogue, communities }: InsightSources & { readonly communities: ShopCommunities },
): Promise<MarketView> {
  const { market } = pool;
  return stack.push(
    await MarketView.open({ market, dataDir, catalogue, communities, clock: realClock, log }),
  );
}

/** Segments by rules, and whoever is told that a shopper enters or leaves one. */
async function startSegments(
  stack: ServiceStack,
  { config, dataDir, stats, log }: Ground,
  { pool, catalogue, bites }: InsightSources,
): Promise<Pick<Insights, 'segments' | 'hooks'>> {
  const hooks: HookSender = {
    origins: nameList(config.webhookOrigins),
    secret: config.webhookSecret,
    fetch,
    turns: new HookTurns(bites),
  };
  const segmentHooks = stack.push(
    new SegmentHooks({
      sender: hooks,
      addressOf: (id) => segments.webhookOf(id),
      stats,
      clock: realClock,
      log,
    }),
  );
  const segments: Segments = stack.push(
    await Segments.open({
      pool,
      catalogue,
      store: await segmentStore(dataDir, pool),
      moved: (move) => segmentHooks.moved(move),
      log,
    }),
  );
  return { segments, hooks };
}

function segmentStore(dataDir: string, { cluster }: StartedPool): Promise<SegmentStore> {
  return cluster === undefined
    ? segmentFile(dataDir)
    : Promise.resolve(sharedSegments(cluster.note('segments')));
}

/** File in the data folder with the clusters of the last search: a cache, which may be removed. */
const FOUND_FILE = 'found-segments.json';

function foundStore(dataDir: string, pool: StartedPool): Promise<FoundStore> {
  const { cluster } = pool;
  return cluster === undefined
    ? foundInFile(join(dataDir, FOUND_FILE), realClock)
    : Promise.resolve(foundInCluster(cluster, realClock));
}

/** Segments nobody named. */
async function findSegments(
  stack: ServiceStack,
  { config, dataDir, log }: Ground,
  { pool, catalogue, bites }: InsightSources,
): Promise<FoundSegments> {
  const words = new AttributeFinder(catalogue);
  return stack.push(
    new FoundSegments({
      everyMs: config.segmentsFoundEveryMs,
      store: await foundStore(dataDir, pool),
      pages: () => pool.longTermPages(),
      itemOf: (index) => catalogue.item(index),
      attributesOf: (item) => words.attributesOf(item),
      bites,
      clock: realClock,
      log,
    }),
  );
}
