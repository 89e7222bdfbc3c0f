import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { CompiledFilter } from '../../model/catalogue/shared-catalogue.js';
import type { Deadlines } from './deadlines.js';
import { isProblem } from './event-intake.js';
import type { Rank, Recommend, Result } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { RankCall } from './rank-call.js';
import { DEFAULT_SLOT, type SlotCompiler } from './slot-compiler.js';
import type { RankAnswer, RankRequest, SlotDefinition } from '../../shards/api.js';

/** An answer without what ties it to a socket. */
export type RankReply = Omit<Result, 't' | 'id'>;
export type RecommendFields = Omit<Recommend, 't' | 'id'>;
export type RankFields = Omit<Rank, 't' | 'id'>;

/** Whom a list is for and who is told. */
export interface RankCaller {
  /** Hands the request to the caller's shard; `done` is called once. */
  readonly ask: (request: RankRequest, done: (answer: RankAnswer) => void) => void;
  /** Called once, at the deadline at the latest where there is one. */
  readonly reply: (reply: RankReply) => void;
  /** The caller's subscribed slot of that name, which supplies what the call leaves open. */
  readonly slotNamed: (name: string) => SlotDefinition | undefined;
  /** Epoch µs when the call came in. */
  readonly startUs: number;
}

export interface RouterParts {
  readonly slots: SlotCompiler;
  readonly indexOf: (id: string) => number;
  readonly idOf: (index: number) => string;
  /** True when the item is in the catalogue, in stock, and passes the filter where there is one. */
  readonly mayShow: (index: number, filter: CompiledFilter | undefined) => boolean;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly stats: ThreadStats;
  /** What of `tmaxMs` is left to the network; at most half of it. */
  readonly networkAllowanceMs: number;
  readonly modelName: () => string;
}

/** Turns `recommend` and `rank` into requests of a shard and its answers into replies; sockets and HTTP share it. */
export class Router {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** @returns why the call is refused; `reply` is not called then. */
  recommend(fields: RecommendFields, caller: RankCaller): Problem | undefined {
    const name = fields.slot ?? DEFAULT_SLOT;
    const slot = this.#parts.slots.compile(name, fields, caller.slotNamed(name));
    if (isProblem(slot)) return slot;
    const call = this.#call(slot, caller, 0, new Int32Array(0), []);
    caller.ask({ slot, deadlineMs: 0 }, call.answer);
    return undefined;
  }

  /** As `recommend`. Repeated candidates count once; those not in the catalogue come last. */
  rank(fields: RankFields, caller: RankCaller): Problem | undefined {
    const name = fields.slot ?? DEFAULT_SLOT;
    const compiled = this.#parts.slots.compile(name, { ...fields, k: undefined }, caller.slotNamed(name));
    if (isProblem(compiled)) return compiled;
    const { known, unknown } = this.#sorted(fields.candidates);
    const k = fields.k ?? known.length + unknown.length;
    const slot = { ...compiled, k: Math.min(k, known.length) };
    const dueUs = this.#dueUs(fields.tmaxMs, caller.startUs);
    const call = this.#call({ ...compiled, k }, caller, dueUs, known, unknown);
    if (known.length === 0) return call.expire();
    if (dueUs > 0) this.#parts.deadlines.add(call);
    caller.ask({ slot, candidates: known, deadlineMs: Math.floor(dueUs / 1_000) }, call.answer);
    return undefined;
  }

  #call(
    slot: SlotDefinition,
    caller: RankCaller,
    dueUs: number,
    known: Int32Array,
    unknown: readonly string[],
  ): RankCall {
    return new RankCall(slot, known, unknown, dueUs, (call, answer) => this.#reply(caller, call, answer));
  }

  #dueUs(tmaxMs: number | undefined, startUs: number): number {
    if (tmaxMs === undefined) return 0;
    return startUs + (tmaxMs - Math.min(this.#parts.networkAllowanceMs, tmaxMs / 2)) * 1_000;
  }

  #sorted(candidates: readonly string[]): { known: Int32Array; unknown: string[] } {
    const known = new Set<number>();
    const unknown = new Set<string>();
    for (const id of candidates) {
      const index = this.#parts.indexOf(id);
      if (index < 0) unknown.add(id);
      else known.add(index);
    }
    return { known: Int32Array.from(known), unknown: [...unknown] };
  }

  #reply(caller: RankCaller, call: RankCall, answer: RankAnswer | undefined): void {
    const { clock, idOf, mayShow, modelName, stats } = this.#parts;
    const tookUs = Math.round(clock.nowUs() - caller.startUs);
    const order = answer === undefined ? call.givenOrder(mayShow, idOf) : call.ranked(answer, idOf);
    const degraded = answer === undefined ? call.known.length > 0 : answer.degraded;
    if (degraded) stats.count(COUNTER.ranksDegraded);
    stats.observe(HISTOGRAM.rank, tookUs);
    caller.reply({
      slot: call.slot.name,
      ...order,
      degraded,
      tookUs,
      rev: answer?.rev ?? 0,
      model: answer?.model ?? modelName(),
    });
  }
}
