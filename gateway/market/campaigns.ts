import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { CAMPAIGNS_MAX, campaignId, MarketColumns, PERIODS, type SharedMarket } from '../../shards/api.js';
import { STRING_LIMITS } from '../protocol/limits.js';

/** Items that a campaign shows, of which is told how they did. */
export const CAMPAIGN_ITEMS_MAX = 64;

const VERSION = 1;
const fileSchema = z.object({
  version: z.literal(VERSION),
  campaigns: z
    .array(
      z.object({
        name: z.string().min(1).max(STRING_LIMITS.campaign),
        firstMs: z.number(),
        lastMs: z.number(),
        items: z.array(z.number().int().min(0)).max(CAMPAIGN_ITEMS_MAX),
      }),
    )
    .max(CAMPAIGNS_MAX),
});

/** A campaign that events have named. */
export interface Campaign {
  readonly name: string;
  /** Epoch ms of the first and the latest event with it, by their own times. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Indices of items that promotions of it showed. */
  readonly items: readonly number[];
}

interface Kept extends Campaign {
  firstMs: number;
  lastMs: number;
  readonly items: number[];
  readonly row: number;
}

/**
 * The campaigns that events name, `CAMPAIGNS_MAX` at once: which row of the market's counts each has. One without events for `PERIODS`
 * periods goes. Where all rows are taken a new one takes that of the campaign that the fewest shoppers saw, so names that somebody makes up
 * push each other out.
 */
export class Campaigns {
  readonly #columns: MarketColumns;
  readonly #keptMs: number;
  readonly #path: string;
  readonly #byName = new Map<string, Kept>();

  private constructor(market: SharedMarket, path: string) {
    this.#columns = new MarketColumns(market);
    this.#keptMs = PERIODS * market.periodMs;
    this.#path = path;
  }

  /** Goes on with the campaigns of a file; counts of rows that nobody names are dropped. */
  static async open(market: SharedMarket, path: string): Promise<Campaigns> {
    const campaigns = new Campaigns(market, path);
    for (const campaign of await keptIn(path)) campaigns.#keep(campaign);
    campaigns.#freeUnnamed();
    return campaigns;
  }

  /** An event of the campaign. @param shown items that it says the campaign shows. Borrowed */
  note(name: string, atMs: number, shown: readonly number[]): void {
    const kept = this.#byName.get(name) ?? this.#keep({ name, firstMs: atMs, lastMs: atMs, items: [] });
    kept.firstMs = Math.min(kept.firstMs, atMs);
    kept.lastMs = Math.max(kept.lastMs, atMs);
    for (const item of shown)
      if (kept.items.length < CAMPAIGN_ITEMS_MAX && !kept.items.includes(item)) kept.items.push(item);
  }

  find(name: string): Campaign | undefined {
    return this.#byName.get(name);
  }

  /** Those that are kept, the latest first. */
  list(): Campaign[] {
    return [...this.#byName.values()].toSorted((a, b) => b.lastMs - a.lastMs);
  }

  /** Drops those that are over for long, and writes the others. */
  async write(nowMs: number): Promise<void> {
    for (const kept of this.#byName.values()) if (kept.lastMs < nowMs - this.#keptMs) this.#drop(kept);
    const campaigns = this.list().map(({ name, firstMs, lastMs, items }) => ({
      name,
      firstMs,
      lastMs,
      items,
    }));
    await writeFileDurably(this.#path, JSON.stringify({ version: VERSION, campaigns }));
  }

  #keep({ name, firstMs, lastMs, items }: Campaign): Kept {
    const id = campaignId(name);
    const { campaigns } = this.#columns;
    let row = campaigns.rowOf(id);
    if (row < 0) {
      if (this.#byName.size === CAMPAIGNS_MAX) this.#drop(this.#leastSeen());
      row = campaigns.rowOf(0);
      campaigns.begin(row, id);
    }
    const kept = { name, firstMs, lastMs, items: [...items], row };
    this.#byName.set(name, kept);
    return kept;
  }

  #drop({ name, row }: Kept): void {
    this.#byName.delete(name);
    this.#columns.campaigns.begin(row, 0);
  }

  #leastSeen(): Kept {
    const seen = ({ row }: Kept): number => this.#columns.campaigns.everSeen(row);
    return [...this.#byName.values()].reduce((least, kept) => (seen(kept) < seen(least) ? kept : least));
  }

  #freeUnnamed(): void {
    const named = new Set([...this.#byName.values()].map(({ row }) => row));
    for (let row = 0; row < CAMPAIGNS_MAX; row++) if (!named.has(row)) this.#columns.campaigns.begin(row, 0);
  }
}

/** What others may ask of the campaigns. */
export type KnownCampaigns = Pick<Campaigns, 'note' | 'find' | 'list'>;

async function keptIn(path: string): Promise<readonly Campaign[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).campaigns;
  } catch {
    return [];
  }
}
