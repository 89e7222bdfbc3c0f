import type { Recs, Slot } from '../../../gateway/protocol/messages.js';
import type { ClickLedger } from './click-ledger.js';
import type { ShopperHost } from './honest-shopper.js';
import { listProblem } from './list-checks.js';
import type { ShopperMemory } from './shopper-memory.js';

/** Looks at every list that one shopper is sent, and tells the ledger which clicks it knows. */
export class ListWatch {
  readonly #host: ShopperHost;
  readonly #name: string;
  readonly #ledger: ClickLedger;
  readonly #memory: ShopperMemory;
  readonly #revs = new Map<string, number>();
  /** `cause` of the latest list of a slot on this connection. */
  readonly #causes = new Map<string, number>();
  #shown: readonly string[] = [];

  constructor(host: ShopperHost, name: string, ledger: ClickLedger, memory: ShopperMemory) {
    this.#host = host;
    this.#name = name;
    this.#ledger = ledger;
    this.#memory = memory;
  }

  /** The latest list of any slot. */
  get shown(): readonly string[] {
    return this.#shown;
  }

  /** A new connection: `cause` counts anew, `rev` does not. */
  welcomed(): void {
    this.#causes.clear();
  }

  came(recs: Omit<Recs, 't'>, slot: Slot): void {
    const { shop, findings, nowUs } = this.#host;
    const problem = this.#orderProblem(recs) ?? listProblem(recs, { shop, memory: this.#memory, slot });
    if (problem !== undefined) findings.problem('list', `${this.#name}, ${recs.slot}: ${problem}`);
    this.#revs.set(recs.slot, recs.rev);
    this.#causes.set(recs.slot, recs.cause);
    this.#shown = recs.ids;
    this.#ledger.listed(recs.slot, recs.cause, nowUs());
  }

  #orderProblem({ slot, rev, cause }: Omit<Recs, 't'>): string | undefined {
    const lastRev = this.#revs.get(slot) ?? 0;
    const lastCause = this.#causes.get(slot) ?? 0;
    if (!(rev > lastRev)) return `[R2] rev ${rev} after ${lastRev}`;
    if (cause < lastCause) return `[R3] cause ${cause} after ${lastCause}`;
    if (cause > this.#ledger.sentSeq) return `[R1] cause ${cause} of ${this.#ledger.sentSeq} sent`;
    return undefined;
  }
}
