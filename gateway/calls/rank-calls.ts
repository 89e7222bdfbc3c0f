import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { CompiledFilter, Item } from '../../model/catalogue/shared-catalogue.js';
import type { Deadlines, Timed } from './deadlines.js';
import { isProblem } from './event-intake.js';
import type { Rank, Recommend, Result, Tile } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { DEFAULT_SLOT, type SlotCompiler } from './slot-compiler.js';
import { TileFields } from '../tiles/tile-fields.js';
import { NO_CANDIDATES, RankCall, type Candidates, type Unanswered } from './rank-call.js';
import { relationOf } from './relation-of.js';
import type { RankAnswer, RankOutcome, RankRequest, RoundTimes, SlotDefinition } from '../../shards/api.js';

/** When a call without `tmaxMs` is answered at the latest: before the SDK gives it up. */
const ANSWER_MAX_MS = 8_000;

/** An answer without what ties it to a socket. */
export type RankReply = Omit<Result, 't' | 'id'>;

export type RecommendFields = Omit<Recommend, 't' | 'id'>;

export type RankFields = Omit<Rank, 't' | 'id'>;

/** Whom a list is for and who is told. */
export interface RankCaller {
  /** Hands the request to the caller's shard; `done` is called once. */
  readonly ask: (request: RankRequest, done: (outcome: RankOutcome) => void) => void;
  /** One of the two is called, once, at the deadline at the latest. A `rank` is replied to, with the order given if need be, unless its visitor was merged. */
  readonly reply: (reply: RankReply, round: RoundTimes | undefined) => void;
  readonly refuse: (why: Unanswered) => void;
  /** The caller's subscribed slot of that name, which supplies what the call leaves open. */
  readonly slotNamed: (name: string) => SlotDefinition | undefined;
  /** What tiles of that slot show. */
  readonly fieldsNamed?: (name: string) => readonly string[] | undefined;
  /** `Clock.nowUs` when the call came in. */
  readonly startUs: number;
}

/** The catalogue as a rank call needs it. */
export interface RankableItems {
  /** Index of an item; −1 for an id that is not in the catalogue. */
  readonly indexOf: (id: string) => number;
  readonly idOf: (index: number) => string;
  readonly itemOf: (index: number) => Item | undefined;
  /** Id of the segment with that number; undefined for one that is gone. */
  readonly segmentOf: (number: number) => string | undefined;
  /** True when the item is in the catalogue, in stock, and passes the filter where there is one. */
  readonly mayShow: (index: number, filter: CompiledFilter | undefined) => boolean;
}

/** By when a rank call has to be answered, and where it is counted how long it took. */
export interface RankTiming {
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly stats: ThreadStats;
  /** What of `tmaxMs` is left to the network; at most half of it. */
  readonly networkAllowanceMs: number;
}

/**
 * Turns `recommend` and `rank` into requests of a shard and its answers into replies; sockets and HTTP share it. Each call is
 * answered in a bounded time, whatever becomes of the shard: a `rank` with the order given, `degraded`, when there is no room
 * for it or no answer in time (T1); a `recommend`, for which there is no such order, is refused then.
 */
export class RankCalls {
  readonly #slots: SlotCompiler;
  readonly #items: RankableItems;
  readonly #timing: RankTiming;
  readonly #modelName: () => string;

  /** @param modelName the serving model, named in a reply that no shard gave. */
  constructor(slots: SlotCompiler, items: RankableItems, timing: RankTiming, modelName: () => string) {
    this.#slots = slots;
    this.#items = items;
    this.#timing = timing;
    this.#modelName = modelName;
  }

  /** @returns why the call is refused; `reply` is not called then. */
  recommend(fields: RecommendFields, caller: RankCaller): Problem | undefined {
    const name = fields.slot ?? DEFAULT_SLOT;
    const slot = this.#slots.compile(name, fields, caller.slotNamed(name));
    if (isProblem(slot)) return slot;
    const relation = relationOf(fields, this.#items.indexOf);
    if (relation !== undefined && isProblem(relation)) return relation;
    const dueUs = caller.startUs + ANSWER_MAX_MS * 1_000;
    const tiles = tilesOf(fields, caller, name);
    const call = new RankCall(slot, NO_CANDIDATES, dueUs, (_call, outcome) => {
      if (typeof outcome === 'string') caller.refuse(outcome);
      else this.#reply(caller, call, outcome, tiles);
    });
    this.#ask({ slot, ...(relation && { relation }), deadlineUs: dueUs }, call, caller);
    return undefined;
  }

  /** Has `timed` expire when it is due, whether the call it stands for has come to a shard by then or not. */
  watch(timed: Timed): void {
    this.#timing.deadlines.add(timed);
  }

  /** As `recommend`. Repeated candidates count once; those not in the catalogue come last. */
  rank(fields: RankFields, caller: RankCaller): Problem | undefined {
    const name = fields.slot ?? DEFAULT_SLOT;
    const compiled = this.#slots.compile(name, { ...fields, k: undefined }, caller.slotNamed(name));
    if (isProblem(compiled)) return compiled;
    const candidates = this.#sorted(fields.candidates);
    const { known, unknown, values } = candidates;
    const k = fields.k ?? known.length + unknown.length;
    const slot = { ...compiled, k: Math.min(k, known.length) };
    const dueUs = this.dueUs(fields.tmaxMs, caller.startUs);
    const tiles = tilesOf(fields, caller, name);
    const call = new RankCall({ ...compiled, k }, candidates, dueUs, (_call, outcome) => {
      if (outcome === 'merged') caller.refuse(outcome);
      else this.#reply(caller, call, typeof outcome === 'string' ? undefined : outcome, tiles);
    });
    // Whose time is over by now, because they waited for their turn, is not asked for.
    if (known.length === 0 || this.#timing.clock.nowUs() >= dueUs) return call.expire();
    this.#ask({ slot, candidates: known, ...(values && { values }), deadlineUs: dueUs }, call, caller);
    return undefined;
  }

  #ask(request: RankRequest, call: RankCall, caller: RankCaller): void {
    caller.ask(request, call.answer);
    if (!call.isSettled) this.#timing.deadlines.add(call);
  }

  /** By when a `rank` that came in at `startUs` is answered (T1), `Clock.nowUs`. */
  dueUs(tmaxMs: number | undefined, startUs: number): number {
    if (tmaxMs === undefined) return startUs + ANSWER_MAX_MS * 1_000;
    return startUs + (tmaxMs - Math.min(this.#timing.networkAllowanceMs, tmaxMs / 2)) * 1_000;
  }

  #sorted(candidates: Rank['candidates']): Candidates {
    const known = new Set<number>();
    const unknown = new Set<string>();
    let values: Map<number, number> | undefined;
    for (const candidate of candidates) {
      const id = typeof candidate === 'string' ? candidate : candidate.id;
      const index = this.#items.indexOf(id);
      if (index < 0) unknown.add(id);
      else if (!known.has(index)) {
        known.add(index);
        if (typeof candidate === 'string' || candidate.value === undefined) continue;
        values ??= new Map();
        values.set(index, candidate.value);
      }
    }
    return { known: Int32Array.from(known), unknown: [...unknown], ...(values && { values }) };
  }

  #reply(
    caller: RankCaller,
    call: RankCall,
    answer: RankAnswer | undefined,
    tiles: TileFields | undefined,
  ): void {
    const { idOf, mayShow } = this.#items;
    const { clock, stats } = this.#timing;
    const tookUs = Math.round(clock.nowUs() - caller.startUs);
    const order = answer === undefined ? call.givenOrder(mayShow, idOf) : call.ranked(answer, idOf);
    const degraded = answer === undefined ? call.known.length > 0 : answer.degraded;
    if (degraded) stats.count(COUNTER.ranksDegraded);
    stats.observe(HISTOGRAM.rank, tookUs);
    const reply: RankReply = {
      slot: call.slot.name,
      ...order,
      ...(tiles && { items: this.#tiles(tiles, order.ids) }),
      ...this.#segmentIn(answer),
      degraded,
      tookUs,
      rev: answer?.rev ?? 0,
      model: answer?.model ?? this.#modelName(),
    };
    caller.reply(reply, answer?.round);
  }

  #segmentIn(answer: RankAnswer | undefined): Pick<RankReply, 'segment'> {
    const segment = answer?.segment && this.#items.segmentOf(answer.segment);
    return segment ? { segment } : {};
  }

  /** Tiles of those that are in the catalogue. */
  #tiles(fields: TileFields, ids: readonly string[]): Tile[] {
    const { indexOf, itemOf } = this.#items;
    const tiles: Tile[] = [];
    for (const id of ids) {
      const item = itemOf(indexOf(id));
      if (item !== undefined) tiles.push(fields.tile(id, item));
    }
    return tiles;
  }
}

/** What tiles of the answer show: what the call says, or else the subscribed slot of that name. */
function tilesOf(
  { fields }: Pick<RecommendFields, 'fields'>,
  caller: RankCaller,
  slot: string,
): TileFields | undefined {
  const names = fields ?? caller.fieldsNamed?.(slot);
  return names && new TileFields(names);
}
