import { join } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import {
  campaignId,
  MarketFiles,
  MarketThread,
  type MarketReport,
  type SharedMarket,
} from '../../shards/api.js';
import { Campaigns, type Campaign, type KnownCampaigns } from './campaigns.js';
import type { ShopCommunities } from './shop-communities.js';

/** Folder in the data folder with the market's counts, and the file in it with the names of campaigns. */
const FOLDER = 'market';
const CAMPAIGNS = 'campaigns.json';
/** Pause between two writes; a crash loses what was counted since the last one. */
const WRITE_EVERY_MS = 60_000;

/** What the market view is made of. */
export interface MarketContext {
  readonly market: SharedMarket;
  readonly dataDir: string;
  readonly catalogue: Catalogue;
  readonly communities: Pick<ShopCommunities, 'large'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Log, 'error'>;
}

/** What is asked of the market: how many periods, how many entries a list, of which item (−1: of all), and of which campaign besides. */
export interface MarketAsked {
  readonly periods: number;
  readonly top: number;
  readonly item: number;
  readonly campaign: Campaign | undefined;
}

/** What the market does: counts that the shards make, kept over restarts, worked out in a thread of its own when somebody asks. */
export class MarketView implements Service {
  readonly #context: MarketContext;
  readonly #files: MarketFiles;
  readonly #thread: MarketThread;
  readonly #campaigns: Campaigns;
  readonly #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(context: MarketContext, files: MarketFiles, campaigns: Campaigns) {
    this.#campaigns = campaigns;
    this.#context = context;
    this.#files = files;
    this.#thread = new MarketThread({ market: context.market, catalogue: context.catalogue.shared });
    if (this.isOff) return;
    this.#timer = setInterval(() => {
      this.#writing = this.#write();
    }, WRITE_EVERY_MS);
    this.#timer.unref();
  }

  /** Goes on with the counts that the data folder has. */
  static async open(context: MarketContext): Promise<MarketView> {
    const folder = join(context.dataDir, FOLDER);
    const files = new MarketFiles(context.market, folder);
    if (context.market.periodMs > 0)
      await files
        .read()
        .catch((error: unknown) =>
          context.log.error({ err: error }, 'counts of the market could not be read'),
        );
    return new MarketView(context, files, await Campaigns.open(context.market, join(folder, CAMPAIGNS)));
  }

  get campaigns(): KnownCampaigns {
    return this.#campaigns;
  }

  /** True where nothing is counted: nothing is read, written or told. */
  get isOff(): boolean {
    return this.periodMs === 0;
  }

  get periodMs(): number {
    return this.#context.market.periodMs;
  }

  /** Undefined when too many ask at once. Rejects when the thread fails. */
  report(asked: MarketAsked): Promise<MarketReport> | undefined {
    const { clock, communities } = this.#context;
    const { campaign } = asked;
    return this.#thread.ask({
      ...asked,
      campaign: campaign && { ...campaign, id: campaignId(campaign.name) },
      nowMs: clock.nowMs(),
      communities: communities.large,
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    if (!this.isOff) await this.#write();
    await this.#thread.stop();
  }

  async #write(): Promise<void> {
    const { catalogue, clock, log } = this.#context;
    const nowMs = clock.nowMs();
    await this.#files
      .write(nowMs, catalogue.indexCount)
      .then(() => this.#campaigns.write(nowMs))
      .catch((error: unknown) => log.error({ err: error }, 'counts of the market could not be written'));
  }
}
