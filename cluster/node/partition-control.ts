import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { RunMovedError } from '../../shards/pool/supervised-thread.js';
import type { LinkClient } from '../link/link-client.js';
import type { Membership } from '../membership/membership.js';
import { placePartitions, type Placement } from '../placement/place-partitions.js';
import type { PartitionSeat, SeatListener } from '../pool/partition-seat.js';
import type { Place } from '../pool/seated-run.js';
import type { Claim, Claims } from './claims.js';

/** What a control works on, and who hears of it. */
export interface ControlContext {
  readonly self: string;
  readonly membership: Membership;
  readonly claims: Claims;
  /** By partition. */
  readonly seats: () => readonly PartitionSeat[];
  readonly linkTo: (claim: Claim) => LinkClient;
  /** False while partitions cannot be served here. */
  readonly canServe: () => boolean;
  /** What this node serves has changed. */
  readonly changed: () => void;
  /** A partition serves here from now on. */
  readonly served: (partition: number) => void;
  /** A partition does not serve here any more. */
  readonly ended: (partition: number) => void;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly log: Log;
}

/** A partition that is served by a node which is there is kept warm or taken over by another one only when the same nodes were there for so long. */
const SETTLED_MS = 2_000;
/** Pause after a try to serve a partition that failed. */
const RETRY_MS = 500;

/**
 * Which partitions this node serves, and which node serves the others: decided anew whenever `decide` is called, from who is there and
 * what they say. A partition without an owner is taken over at once, several at a time; one whose owner is there, because a node has
 * come or is to go, when things have settled and it is warm here, one at a time. What this node stands by for it keeps warm. Whoever is wrong is refused by the journal.
 */
export class PartitionControl implements SeatListener {
  readonly #context: ControlContext;
  /** What serves here, with the sequence of the message that began it. */
  readonly #serving = new Map<number, number>();
  /** Tries that are under way, and since when; ms of the monotonic clock. */
  readonly #tries = new Map<number, number>();
  readonly #failedMs = new Map<number, number>();
  #nodes = '';
  #nodesSinceMs = 0;
  #placement: Placement | undefined;
  /** Other nodes that serve a partition, as of the last decision. */
  #owners: ReadonlyMap<number, Claim> = new Map();
  /** Partitions that an operator has moved. */
  #pins: ReadonlyMap<number, string> = new Map();
  #isStopping = false;
  /** True from a pause of this node until it has listened. */
  #isWaking = false;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  /** Partitions that serve here, with their epochs. */
  get owns(): [number, number][] {
    return [...this.#serving];
  }

  /** Where pages reach the other node that serves a partition; undefined when it is served here, or nobody says. */
  ownerUrl(partition: number): string | undefined {
    if (this.#serving.has(partition)) return undefined;
    return this.#owners.get(partition)?.url || undefined;
  }

  /** An operator has moved these partitions, each to a node that has it for as long as it may. */
  learn(pins: ReadonlyMap<number, string>): void {
    this.#pins = new Map(pins);
  }

  stop(): void {
    this.#isStopping = true;
  }

  decide(): void {
    if (this.#isStopping) return;
    const { membership, claims, self, seats, stats, canServe } = this.#context;
    const { eligible, hindrance } = membership.view();
    const mayServe = hindrance === undefined && canServe();
    // Whoever has stood still has heard nobody for a while, and knows nothing against those it uses.
    this.#isWaking = hindrance === 'stalled' || hindrance === 'listening';
    const placement = this.#placementOn(eligible);
    const owners = (this.#owners = claims.owners(membership.alive, self));
    let away = 0;
    let stoodBy = 0;
    let behind = 0;
    for (const seat of seats()) {
      const { partition } = seat;
      const claim = owners.get(partition);
      const pin = this.#pins.get(partition) ?? '';
      const owner = eligible.includes(pin) ? pin : placement.owners[partition];
      const isMine = owner === self && mayServe;
      seat.want(this.#placeOf(seat, claim, isMine));
      if (this.#isSettled) seat.standBy(canServe() && this.#isToBeWarm(partition, placement, owner));
      if (!seat.isServed) away++;
      if (seat.isStoodBy) stoodBy++;
      if (seat.isStoodBy && !seat.isWarm) behind++;
    }
    stats.gauge(GAUGE.partitionsAway, away);
    stats.gauge(GAUGE.partitionsOwned, this.#serving.size);
    stats.gauge(GAUGE.partitionsStoodBy, stoodBy);
    stats.gauge(GAUGE.standbysBehind, behind);
  }

  serving(partition: number, epoch: number): void {
    const { stats, log, served, changed } = this.#context;
    const tookMs = this.#nowMs() - (this.#tries.get(partition) ?? this.#nowMs());
    this.#tries.delete(partition);
    this.#serving.set(partition, epoch);
    stats.observe(HISTOGRAM.clusterTakeover, tookMs * 1_000);
    log.info({ partition, epoch, tookMs: Math.round(tookMs) }, 'a partition is served here');
    changed();
    served(partition);
  }

  left(partition: number, place: Place, error: Error | undefined): void {
    if (place !== 'here') return this.decide();
    const { stats, log, ended, changed } = this.#context;
    this.#tries.delete(partition);
    const wasServing = this.#serving.delete(partition);
    if (this.#isStopping) {
      // Another node takes it as soon as it hears that nobody has it.
      if (wasServing) ended(partition);
      return changed();
    }
    if (error !== undefined) {
      this.#failedMs.set(partition, this.#nowMs());
      stats.count(COUNTER.partitionFailures);
      log.error({ partition, err: error }, 'a partition cannot be served here');
    } else if (wasServing) {
      stats.count(COUNTER.partitionsLost);
      log.info({ partition }, 'a partition is served by another node from now on');
    }
    if (wasServing) ended(partition);
    changed();
    this.decide();
  }

  stoodDown(partition: number, error: Error): void {
    const { stats, log } = this.#context;
    this.#failedMs.set(partition, this.#nowMs());
    if (error instanceof RunMovedError) return;
    stats.count(COUNTER.partitionFailures);
    log.error({ partition, err: error }, 'a partition cannot be kept warm here');
  }

  /** True while the same nodes have been there for long. */
  get #isSettled(): boolean {
    return this.#nowMs() - this.#nodesSinceMs >= SETTLED_MS;
  }

  /** This node is to own it when it is ready to, or comes next when `owner` is gone. */
  #isToBeWarm(partition: number, placement: Placement, owner: string | undefined): boolean {
    const next = [owner, placement.owners[partition], placement.standbys[partition]];
    return next.includes(this.#context.self) && !this.#hasJustFailed(partition);
  }

  #hasJustFailed(partition: number): boolean {
    return this.#nowMs() - (this.#failedMs.get(partition) ?? -Infinity) < RETRY_MS;
  }

  #placeOf(seat: PartitionSeat, claim: Claim | undefined, isMine: boolean): Place | undefined {
    const { partition } = seat;
    const epoch = this.#serving.get(partition);
    const elsewhere = claim === undefined ? this.#stillUsed(seat) : this.#context.linkTo(claim);
    if (epoch !== undefined) return claim !== undefined && claim.epoch > epoch ? elsewhere : 'here';
    if (!isMine || !this.#mayTry(seat, claim)) {
      // A try that is given up ends without a word, and is not to keep this node from others.
      this.#tries.delete(partition);
      return elsewhere;
    }
    if (!this.#tries.has(partition)) this.#tries.set(partition, this.#nowMs());
    return 'here';
  }

  /** What is used of another node, while it may be that only this one has missed its heartbeats. */
  #stillUsed({ place }: PartitionSeat): Place | undefined {
    return this.#isWaking && place !== 'here' ? place : undefined;
  }

  #mayTry({ partition, isWarm }: PartitionSeat, claim: Claim | undefined): boolean {
    if (this.#tries.has(partition)) return true;
    if (this.#hasJustFailed(partition)) return false;
    return claim === undefined || (this.#tries.size === 0 && this.#isSettled && isWarm);
  }

  #placementOn(nodes: readonly string[]): Placement {
    const key = nodes.join(' ');
    if (this.#placement === undefined || key !== this.#nodes) {
      this.#nodes = key;
      this.#nodesSinceMs = this.#nowMs();
      this.#placement = placePartitions(nodes, this.#context.seats().length);
    }
    return this.#placement;
  }

  #nowMs(): number {
    return this.#context.clock.nowUs() / 1_000;
  }
}
