import type { Rank, Recommend, Result } from '../../../gateway/protocol/messages.js';
import type { ShopperHost } from './honest-shopper.js';
import { listProblem } from './list-checks.js';
import { isLateRank, rankProblem } from './rank-checks.js';
import type { ShopperMemory } from './shopper-memory.js';

const CANDIDATES = 40;
const TMAX_MS = 100;

type Asked = { readonly call: Rank } | { readonly call: Recommend; readonly ackedSeq: number };

/** The `rank` and `recommend` calls of one shopper, and a look at their answers. */
export class RankDesk {
  readonly #host: ShopperHost;
  readonly #name: string;
  readonly #memory: ShopperMemory;
  readonly #asked = new Map<string | number, Asked>();
  #id = 0;

  constructor(host: ShopperHost, name: string, memory: ShopperMemory) {
    this.#host = host;
    this.#name = name;
    this.#memory = memory;
  }

  rank(): Rank {
    const { random, shop, findings } = this.#host;
    const some = Array.from({ length: CANDIDATES }, () => shop.ids[random(shop.ids.length)]);
    const candidates = [...some, 'no such item', some[0], 'neither this'];
    const call: Rank = { t: 'rank', id: `r${++this.#id}`, candidates, tmaxMs: TMAX_MS };
    this.#asked.set(call.id, { call });
    findings.ranks++;
    return call;
  }

  /** @param ackedSeq the last event that the answer has to know. */
  recommend(ackedSeq: number): Recommend {
    const call: Recommend = { t: 'recommend', id: ++this.#id, slot: 'now', k: 10, excludeSeen: 'viewed' };
    this.#asked.set(call.id, { call, ackedSeq });
    this.#host.findings.ranks++;
    return call;
  }

  answered(result: Result): void {
    const { shop, findings } = this.#host;
    const asked = this.#asked.get(result.id);
    if (!this.#asked.delete(result.id))
      return findings.problem('answer', `${this.#name}: an answer to nothing`);
    const problem =
      asked!.call.t === 'rank'
        ? rankProblem(asked!.call, result, shop)
        : listProblem(
            { ...result, cause: (asked as { ackedSeq: number }).ackedSeq },
            { shop, memory: this.#memory, slot: asked!.call },
          );
    if (problem !== undefined) findings.problem('answer', `${this.#name}: ${problem}`);
    if (asked!.call.t === 'rank' && isLateRank(asked!.call, result))
      findings.problem(
        'late',
        `[T1] ${this.#name}: rank took ${Math.round(result.tookUs / 1_000)} of ${TMAX_MS} ms`,
      );
  }

  /** The connection is gone, and with it the answers. */
  clear(): void {
    this.#asked.clear();
  }
}
