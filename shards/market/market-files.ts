import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { CampaignColumns, createSharedCampaigns, type SharedCampaigns } from './shared-campaigns.js';
import { COUNTS, MarketColumns, PERIODS, type SharedMarket } from './shared-market.js';

/** Who saw which campaign: numbers of the periods of its columns, then the three buffers. */
const CAMPAIGNS_FILE = 'campaigns.counts';
/** A file for each period, named by its number, and one for the pairs of each shard. */
const PERIOD_FILE = /^period-(\d+)\.counts$/;

/**
 * The market's counts in a folder: what a start goes on with. A period is written again when more was counted in it, also of events that
 * came late, so a crash loses what was counted since. Files of other period lengths lie in folders of their own.
 */
export class MarketFiles {
  readonly #market: SharedMarket;
  readonly #folder: string;
  /** By period: what its counts added up to when its file was written or read. */
  readonly #kept = new Map<number, number>();

  /** @param folder of the market in the data folder */
  constructor(market: SharedMarket, folder: string) {
    this.#market = market;
    this.#folder = join(folder, String(market.periodMs));
  }

  /** Fills the empty buffers with what was kept. A file that does not fit is left out. */
  async read(): Promise<void> {
    const columns = new MarketColumns(this.#market);
    const names = await readdir(this.#folder).catch(() => []);
    const periods = names
      .flatMap((name) => Number(PERIOD_FILE.exec(name)?.[1] ?? NaN))
      .filter(Number.isInteger);
    const newest = Math.max(...periods);
    for (const period of periods.filter((number) => number > newest - PERIODS)) {
      columns.stamp[period % PERIODS] = period;
      this.#fill(columns, period, await readFile(this.#pathOf(period)));
      this.#kept.set(period, columns.sum(period));
    }
    for (const [shard, buffer] of this.#market.pairs.entries()) {
      const bytes = await readFile(join(this.#folder, pairsFile(shard))).catch(() => Buffer.alloc(0));
      if (bytes.length === buffer.byteLength) new Uint8Array(buffer).set(bytes);
    }
    await this.#readCampaigns(columns);
  }

  /** Writes the periods in which more was counted and the pairs, and removes periods that are not kept any more. @param items the first of all indices */
  async write(nowMs: number, items: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const last = Math.floor(nowMs / this.#market.periodMs);
    const columns = new MarketColumns(this.#market);
    for (let period = last - PERIODS + 1; period <= last; period++)
      await this.#writePeriod(columns, period, items);
    for (const [shard, buffer] of this.#market.pairs.entries())
      await writeFileDurably(join(this.#folder, pairsFile(shard)), Buffer.from(new Uint8Array(buffer)));
    await writeFileDurably(
      join(this.#folder, CAMPAIGNS_FILE),
      Buffer.concat([bytesOf(columns.stamp), ...campaignBuffers(this.#market.campaigns)]),
    );
    for (const name of await readdir(this.#folder)) {
      const period = PERIOD_FILE.exec(name)?.[1];
      if (period === undefined || Number(period) > last - PERIODS) continue;
      this.#kept.delete(Number(period));
      await rm(join(this.#folder, name));
    }
  }

  /** What is counted meanwhile makes the sum another one, and the period is written again. */
  async #writePeriod(columns: MarketColumns, period: number, items: number): Promise<void> {
    const sum = columns.sum(period);
    if (sum === (this.#kept.get(period) ?? 0)) return;
    const counts = COUNTS.map((count) => columns.of(count, period)?.slice(0, items));
    if (counts.some((column) => column === undefined)) return;
    await writeFileDurably(
      this.#pathOf(period),
      Buffer.concat(counts.map((column) => bytesOf(column as Uint32Array))),
    );
    this.#kept.set(period, sum);
  }

  /** Columns whose periods were not read stay empty. A file of another size is left out. */
  async #readCampaigns({ stamp, campaigns }: MarketColumns): Promise<void> {
    const bytes = await readFile(join(this.#folder, CAMPAIGNS_FILE)).catch(() => Buffer.alloc(0));
    const kept = createSharedCampaigns(PERIODS);
    const periods = new Int32Array(PERIODS);
    const parts = [Buffer.from(periods.buffer), ...campaignBuffers(kept)];
    if (bytes.length !== parts.reduce((sum, { length }) => sum + length, 0)) return;
    let at = 0;
    for (const part of parts) at += bytes.copy(part, 0, at, at + part.length);
    campaigns.take(
      new CampaignColumns(kept),
      Array.from(periods.keys()).filter(
        (column) => periods[column] >= 0 && periods[column] === stamp[column],
      ),
    );
  }

  #fill(columns: MarketColumns, period: number, bytes: Buffer): void {
    const items = Math.floor(bytes.length / COUNTS.length / 4);
    if (items > this.#market.itemMax) return;
    const words = new Uint32Array(new Uint8Array(bytes).buffer);
    COUNTS.forEach((count, i) => columns.put(count, period, words.subarray(i * items, (i + 1) * items)));
  }

  #pathOf(period: number): string {
    return join(this.#folder, `period-${period}.counts`);
  }
}

function pairsFile(shard: number): string {
  return `pairs-${shard}.counts`;
}

function campaignBuffers({ ids, arms, shop }: SharedCampaigns): Buffer[] {
  return [Buffer.from(ids), Buffer.from(arms), Buffer.from(shop)];
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
