import { join } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { MarketFiles, MarketThread, type MarketReport, type SharedMarket } from '../../shards/api.js';
import type { ShopCommunities } from './shop-communities.js';

/** Folder in the data folder with the market's counts. */
const FOLDER = 'market';
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

/** What is asked of the market: how many periods, how many entries a list, and of which item; −1: of all. */
export interface MarketAsked {
  readonly periods: number;
  readonly top: number;
  readonly item: number;
}

/** What the market does: counts that the shards make, kept over restarts, worked out in a thread of its own when somebody asks. */
export class MarketView implements Service {
  readonly #context: MarketContext;
  readonly #files: MarketFiles;
  readonly #thread: MarketThread;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();

  private constructor(context: MarketContext, files: MarketFiles) {
    this.#context = context;
    this.#files = files;
    this.#thread = new MarketThread({ market: context.market, catalogue: context.catalogue.shared });
    this.#timer = setInterval(() => {
      this.#writing = this.#write();
    }, WRITE_EVERY_MS);
    this.#timer.unref();
  }

  /** Goes on with the counts that the data folder has. */
  static async open(context: MarketContext): Promise<MarketView> {
    const files = new MarketFiles(context.market, join(context.dataDir, FOLDER));
    await files
      .read()
      .catch((error: unknown) => context.log.error({ err: error }, 'counts of the market could not be read'));
    return new MarketView(context, files);
  }

  get periodMs(): number {
    return this.#context.market.periodMs;
  }

  /** Undefined when too many ask at once. Rejects when the thread fails. */
  report(asked: MarketAsked): Promise<MarketReport> | undefined {
    const { clock, communities } = this.#context;
    return this.#thread.ask({ ...asked, nowMs: clock.nowMs(), communities: communities.large });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    await Promise.all([this.#write(), this.#thread.stop()]);
  }

  async #write(): Promise<void> {
    const { catalogue, clock, log } = this.#context;
    await this.#files
      .write(clock.nowMs(), catalogue.indexCount)
      .catch((error: unknown) => log.error({ err: error }, 'counts of the market could not be written'));
  }
}
