import { once } from 'node:events';
import type { LogMarks } from '../recorder/log-records.js';
import type { BuiltGateway } from '../../support/gateway/built-gateway.js';
import { patiently } from '../../support/patience.js';
import { MarkedShop } from './marked-shop.js';
import { MarkedShopper } from './marked-shopper.js';
import type { SentEvent } from './promise-marks.js';

/** Items of the shop; `item-0` … are put first, in this order. */
export const WORKLOAD_ITEMS = 60;
/** Items that prices change of, and that come and go; nobody clicks them. */
const MOVING_ITEMS = 8;
const SHOPPERS = 12;
/** Rounds between two kills. */
const KILLS_APART = 5;
/** In which an ordered death has happened. */
const DEATH_MS = 60_000;
/** From the last clicks to a kill, at most. */
const KILL_MS = 12;
/** In which a gateway has dropped what it can. */
const DROP_MS = 60_000;
const KINDS: readonly SentEvent['e'][] = ['view_item', 'view_item', 'view_item', 'add_to_cart', 'purchase'];

/** What the workload needs. */
export interface WorkloadPlan {
  /** Starts the recorded gateway on the same data folder, the first time and again; `isCutting`: it keeps next to nothing of its journals. */
  readonly start: (isCutting: boolean) => Promise<BuiltGateway>;
  readonly marks: LogMarks;
  /** Has the gateway die in the next write of a group of journal records. */
  readonly orderDeath: () => void;
  /** Takes down what a killed gateway has left. */
  readonly killed: () => void;
  readonly random: (limit: number) => number;
  readonly rounds: number;
  /** Folder of a bundle to swap to near the end. */
  readonly bundle: string;
}

/**
 * A shop's day: named shoppers and visitors click, visitors say who they are, prices change, items come and go, the shop's server
 * posts events, snapshots are taken meanwhile. After a quarter the gateway dies in a write of its journal, and soon after it is killed; half way it is
 * ended and started again; for the last quarter it drops what it can of its journals; at last another model takes over.
 */
export class ShopWorkload {
  readonly #plan: WorkloadPlan;
  readonly #shoppers: MarkedShopper[] = [];
  #shop!: MarkedShop;
  #url = '';
  #posted = 0;
  #named = 0;
  /** What goes on beside the clicks; one of each kind at a time, so that there is one order. */
  #puts: Promise<void> = Promise.resolve();
  #snapshots: Promise<void> = Promise.resolve();

  constructor(plan: WorkloadPlan) {
    this.#plan = plan;
  }

  /** Resolves when the gateway has ended in order. */
  async play(): Promise<void> {
    const { rounds, marks, random, bundle } = this.#plan;
    let gateway = await this.#start(false);
    await this.#shop.put(Array.from({ length: WORKLOAD_ITEMS }, (_, item) => ({ item, price: 1 + item })));
    for (let i = 0; i < SHOPPERS; i++)
      this.#shoppers.push(new MarkedShopper(i % 2 === 0 ? `shopper-${i}` : undefined, marks));
    await this.#connectAll();
    for (let round = 0; round < rounds; round++) {
      await this.#round(random);
      const isKill = round === rounds >> 2 || round === (rounds >> 2) + KILLS_APART;
      const isLate = round === rounds - (rounds >> 2);
      if (!isKill && !isLate && round !== rounds >> 1) continue;
      if (isKill) await this.#kill(gateway, round === rounds >> 2);
      else await this.#end(gateway);
      gateway = await this.#start(round >= rounds - (rounds >> 2));
      await this.#connectAll();
    }
    await this.#untilDropped();
    await this.#atRest();
    await this.#shop.swap(bundle);
    for (let round = 0; round < 1 + rounds / 20; round++) await this.#round(random);
    await this.#end(gateway);
  }

  async #start(isCutting: boolean): Promise<BuiltGateway> {
    const gateway = await this.#plan.start(isCutting);
    this.#url = gateway.url;
    this.#shop = new MarkedShop(gateway.url, this.#plan.marks);
    return gateway;
  }

  async #connectAll(): Promise<void> {
    for (const [i, shopper] of this.#shoppers.entries()) await shopper.connect(this.#url, i < 4);
  }

  /** Clicks of some, and one or two other things. */
  async #round(random: (limit: number) => number): Promise<void> {
    for (const shopper of this.#shoppers)
      if (random(3) === 0)
        for (let left = random(4); left >= 0; left--)
          shopper.click(KINDS[random(KINDS.length)], random(WORKLOAD_ITEMS - MOVING_ITEMS));
    const i = random(this.#shoppers.length);
    const way = random(12);
    if (way === 0) await this.#merge(i, random);
    else if (way === 1) await this.#post(random);
    else if (way === 2) this.#puts = this.#puts.then(() => this.#changeItems(random));
    else if (way === 3 && random(4) === 0)
      this.#snapshots = this.#snapshots.then(() => this.#shop.snapshot());
    else if (way === 4) await this.#comeAgain(i);
    if (random(2) === 0) await this.#shoppers[random(this.#shoppers.length)].settled();
  }

  /** The next visitor says who they are, somebody new or a shopper, with clicks on their way; another visitor comes. */
  async #merge(from: number, random: (limit: number) => number): Promise<void> {
    const count = this.#shoppers.length;
    for (let i = 0; i < count; i++) {
      const at = (from + i) % count;
      const visitor = this.#shoppers[at];
      if (visitor.user !== undefined) continue;
      await visitor.identify(random(2) === 0 ? `named-${this.#named++}` : `shopper-${2 * random(count / 2)}`);
      await visitor.settled();
      await visitor.leave();
      this.#shoppers[at] = new MarkedShopper(undefined, this.#plan.marks);
      await this.#shoppers[at].connect(this.#url, at < 4);
      return;
    }
  }

  async #post(random: (limit: number) => number): Promise<void> {
    const events = Array.from({ length: 1 + random(5) }, () => ({
      id: `post-${this.#posted++}`,
      user: `shopper-${2 * random(this.#shoppers.length / 2)}`,
      item: random(WORKLOAD_ITEMS - MOVING_ITEMS),
    }));
    await this.#shop.post(events);
  }

  async #changeItems(random: (limit: number) => number): Promise<void> {
    const item = WORKLOAD_ITEMS - MOVING_ITEMS + random(MOVING_ITEMS);
    const price = 1 + random(10_000);
    if (random(3) === 0) await this.#shop.remove(item);
    await this.#shop.put([{ item, price }]);
    await this.#shop.setPrice(item, price + 1);
  }

  async #comeAgain(i: number): Promise<void> {
    await this.#shoppers[i].leave();
    await this.#shoppers[i].connect(this.#url, i < 4);
  }

  /** With clicks on their way; in a write of the journal, or at any moment. */
  async #kill(gateway: BuiltGateway, isInGroup: boolean): Promise<void> {
    const { random, orderDeath, killed } = this.#plan;
    await Promise.all([this.#puts, this.#snapshots]);
    for (const shopper of this.#shoppers)
      for (let left = random(6); left >= 0; left--)
        shopper.click('view_item', random(WORKLOAD_ITEMS - MOVING_ITEMS));
    if (isInGroup) {
      await patiently(DEATH_MS, 'dying in a write', (signal) => {
        const ended = once(gateway.process, 'exit', { signal });
        orderDeath();
        this.#shoppers[0].click('view_item', 0);
        return ended;
      });
    } else {
      await new Promise((resolve) => setTimeout(resolve, random(KILL_MS)));
      await gateway.kill();
    }
    killed();
  }

  /** The journals begin later than they did. */
  async #untilDropped(): Promise<void> {
    const untilMs = performance.now() + DROP_MS;
    while (!(await this.#isDropped())) {
      if (performance.now() > untilMs) throw new Error('the gateway drops nothing of its journals');
      await this.#round(this.#plan.random);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #isDropped(): Promise<boolean> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const starts = [...text.matchAll(/^afterclick_store_journal_start\{.*\} (\d+)$/gm)];
    return starts.length > 0 && starts.every(([, start]) => Number(start) > 0);
  }

  async #atRest(): Promise<void> {
    await Promise.all([this.#puts, this.#snapshots]);
    for (const shopper of this.#shoppers) await shopper.settled();
  }

  async #end(gateway: BuiltGateway): Promise<void> {
    await this.#atRest();
    this.#plan.marks.append({ m: 'snapshot' });
    this.#plan.marks.append({ m: 'end' });
    const code = await gateway.stop();
    if (code !== 0) throw new Error(`the recorded gateway ended with ${code}`);
  }
}
