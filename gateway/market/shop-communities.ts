import { join } from 'node:path';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import {
  cutInThread,
  RepeatedTask,
  type CommunityTree,
  type Membership,
  type RunningTask,
  type ShopGraphs,
} from '../../shards/api.js';
import { nameCommunities, type NamedCommunity } from './community-names.js';
import { readMembership, writeMembership } from './membership-file.js';

/** File in the data folder with the communities of the last cut: a cache, which may be removed. */
const FILE = 'communities.json';

/** What communities are cut from. */
export interface CommunitiesContext {
  /** Pause between two cuts, ms, and before the first; 0: none is made. */
  readonly everyMs: number;
  readonly dataDir: string;
  readonly catalogue: Pick<Catalogue, 'indexCount' | 'item'>;
  /** The graphs of the model that serves. */
  readonly graphs: () => ShopGraphs;
  /** Where the naming of them rests. */
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly stats: ThreadStats;
  readonly log: Log;
}

/**
 * The communities of the whole shop, cut again and again in a thread of low priority: which one each item is in, on two levels, and what
 * they are called. Ids stay from cut to cut and over restarts. Nothing waits for it: until the first cut there are none.
 */
export class ShopCommunities implements Service {
  readonly #context: CommunitiesContext;
  readonly #path: string;
  #membership: Membership;
  #tree: CommunityTree | undefined;
  #names: ReadonlyMap<number, string> = new Map();
  readonly #cuts: RepeatedTask<CommunityTree>;

  private constructor(context: CommunitiesContext, path: string, kept: Membership) {
    this.#context = context;
    this.#path = path;
    this.#membership = kept;
    const { everyMs, clock } = context;
    this.#cuts = new RepeatedTask({
      everyMs,
      clock,
      begin: () => this.#cut(),
      done: (tree, tookMs) => this.#take(tree, tookMs),
      failed: (error) => this.#failed(error),
    });
  }

  /** Goes on with the ids that the data folder has. */
  static async open(context: CommunitiesContext): Promise<ShopCommunities> {
    const path = join(context.dataDir, FILE);
    return new ShopCommunities(context, path, await readMembership(path));
  }

  /** The last cut; undefined before the first of this process. */
  get tree(): CommunityTree | undefined {
    return this.#tree;
  }

  /** Int32 [items]: id of the large community of each item, 0 for none; shorter where items came since the cut. */
  get large(): Int32Array {
    return this.#membership.large;
  }

  /** Name of a community of the last cut, by its id. */
  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }

  /** The communities that an item is in, the large one first; none before the first cut, and of an item that hangs together with nothing. */
  of(item: number): NamedCommunity[] {
    const { large, small } = this.#membership;
    return [large[item] ?? 0, small[item] ?? 0].flatMap((id) => {
      const name = this.#names.get(id);
      return name === undefined ? [] : [{ id, name }];
    });
  }

  drain(): void {
    this.#cuts.drain();
  }

  stop(): Promise<void> {
    return this.#cuts.stop();
  }

  #cut(): RunningTask<CommunityTree> {
    const { catalogue, clock, graphs } = this.#context;
    return cutInThread({
      ...graphs(),
      count: catalogue.indexCount,
      nowMs: clock.nowMs(),
      before: this.#membership,
    });
  }

  #failed(error: unknown): void {
    const { log, stats } = this.#context;
    stats.count(COUNTER.communityCuts.failed);
    log.error({ err: error }, 'the shop could not be cut into communities; those of before stay');
  }

  async #take(tree: CommunityTree, tookMs: number): Promise<void> {
    const { bites, catalogue, log, stats } = this.#context;
    const { nextId, large, small } = tree;
    const itemOf = (index: number) => catalogue.item(index);
    const levels = [
      tree.communities.filter(({ parent }) => parent === 0),
      tree.communities.filter(({ parent }) => parent !== 0),
    ];
    const names = new Map<number, string>();
    for (const level of levels)
      for (const [id, name] of await nameCommunities(level, itemOf, bites)) names.set(id, name);
    this.#tree = tree;
    this.#membership = { nextId, large, small };
    this.#names = names;
    stats.gauge(GAUGE.communities, levels[0].length);
    await writeMembership(this.#path, this.#membership);
    stats.count(COUNTER.communityCuts.made);
    const { communities, modularity } = tree;
    log.info({ communities: communities.length, modularity, tookMs }, 'the shop was cut into communities');
  }
}
