import { RunMovedError, type WatchedRun } from '../../shards/pool/supervised-thread.js';
import type { RunListener } from '../../shards/pool/thread-run.js';
import type { RunData } from '../../shards/wire/worker-data.js';
import type { HostThread } from '../host/host-thread.js';
import { LocalRun } from './local-run.js';
import { RemoteRun } from './remote-run.js';
import { SeatedRun, type Place, type PlacedRun } from './seated-run.js';

/** Who hears what comes of a partition's places. */
export interface SeatListener {
  /** It serves here, since the message `epoch` of its stream. */
  serving(partition: number, epoch: number): void;
  /** It is not served at `place` any more, or could not be. `error` is undefined when that is no failure. */
  left(partition: number, place: Place, error: Error | undefined): void;
  /** It is not kept warm here any more, and was to be. */
  stoodDown(partition: number, error: Error): void;
}

/**
 * Where one partition is served, as this node uses it: one place after the other. A run of the partition is ready when it is served
 * somewhere and over when it is not any more; whoever supervises it begins another one then, and tells that what is owed.
 */
export class PartitionSeat {
  readonly partition: number;
  readonly #host: () => HostThread | undefined;
  readonly #listener: SeatListener;
  #place: Place | undefined;
  #run: SeatedRun | undefined;
  /** Keeps the partition warm while it is served elsewhere. */
  #standby: LocalRun | undefined;
  /** What its runs are made with; undefined before the first. */
  #plan: RunPlan | undefined;
  #isStopped = false;

  constructor(partition: number, host: () => HostThread | undefined, listener: SeatListener) {
    this.partition = partition;
    this.#host = host;
    this.#listener = listener;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  /** True while calls reach whoever serves it. */
  get isServed(): boolean {
    return this.#run?.isServed ?? false;
  }

  get isStoodBy(): boolean {
    return this.#standby !== undefined;
  }

  /** True while it is kept warm here, and nothing of its journal is left to be carried out. */
  get isWarm(): boolean {
    return this.#standby?.isLevel ?? false;
  }

  /** Whether it is to be kept warm here while it is served elsewhere. */
  standBy(isWanted: boolean): void {
    if (this.#isStopped || this.#place === 'here') return;
    if (!isWanted) this.#standDown();
    else if (this.#standby === undefined) this.#openStandby();
  }

  /** Where it is to be served from now on; undefined: nobody knows. */
  want(place: Place | undefined): void {
    if (place === this.#place || this.#isStopped) return;
    this.#place = place;
    this.#run?.moved(place);
  }

  /** As `ThreadWatch.startRun`. */
  startRun(data: RunData, listener: RunListener): WatchedRun {
    this.#plan = { data, listener };
    const run = new SeatedRun({
      open: (place) => this.#open(place, data, listener),
      served: (place, placed) => this.#served(place, placed),
      left: (place, error) => this.#left(place, error),
    });
    this.#run = run;
    if (this.#isStopped) run.stop();
    else run.moved(this.#place);
    return run;
  }

  /** Ends what is elsewhere, or nowhere; what is served here ends when its shard is told to stop. */
  stop(): void {
    this.#isStopped = true;
    this.#standDown();
    if (!this.isServed || this.#place !== 'here') this.#run?.stop();
  }

  /** Undefined where nothing can be served here now. */
  #open(place: Place, data: RunData, listener: RunListener): PlacedRun | undefined {
    if (place === 'here') return this.#take(data, listener);
    const run = new RemoteRun(this.partition, place, listener);
    return { run, exited: run.exited, end: () => run.end() };
  }

  /** What is warm goes on from where it is. */
  #take(data: RunData, listener: RunListener): LocalRun | undefined {
    const host = this.#host();
    const run = this.#standby ?? (host && new LocalRun(host, data, listener));
    this.#standby = undefined;
    run?.take();
    return run;
  }

  #openStandby(): void {
    const host = this.#host();
    if (host === undefined || this.#plan === undefined) return;
    const standby = new LocalRun(host, this.#plan.data, this.#plan.listener);
    this.#standby = standby;
    void standby.exited.then((error) => {
      if (this.#standby !== standby) return;
      this.#standby = undefined;
      this.#listener.stoodDown(this.partition, error);
    });
  }

  #standDown(): void {
    const standby = this.#standby;
    this.#standby = undefined;
    standby?.end();
  }

  #served(place: Place, placed: PlacedRun): void {
    if (place !== 'here' || !(placed instanceof LocalRun)) return;
    void placed.owned.then((epoch) => this.#listener.serving(this.partition, epoch));
  }

  #left(place: Place, error: Error): void {
    if (this.#place === place) this.#place = undefined;
    this.#listener.left(this.partition, place, error instanceof RunMovedError ? undefined : error);
  }
}

interface RunPlan {
  readonly data: RunData;
  readonly listener: RunListener;
}
