import type { Clock } from '../../metrics/process/clock.js';
import { LatencyRecorder, Tally } from '../load/recorder.js';
import type { RecordedEvent } from './recorded.js';
import { ReplayUser, type ReplayListener } from './replay-user.js';

/** How recorded events are played. */
export interface Playback {
  readonly url: string;
  /** Times faster than recorded, or as fast as lists come back. */
  readonly speed: number | 'max';
  /** Sockets open at once. */
  readonly users: number;
  /** Events taken up and not yet answered, over all users. */
  readonly window: number;
  readonly k: number;
  /** Put before each user id. */
  readonly prefix: string;
}

/** What the player tells while it plays. */
export interface PlayerListener {
  /** `list` is what the event's user sees as it is sent. */
  sending(event: RecordedEvent, list: readonly string[]): void;
  listed(event: RecordedEvent, list: readonly string[]): void;
}

/** Without any answer for so long the replay ends, and what waits has no list. */
const SILENCE_MAX_MS = 15_000;

/**
 * Plays events in order: each as soon as it is due, its user's event before has its list, and the window has room. Users get
 * a socket with their first event. Past `users` sockets the idle one used longest ago is closed; when that user comes back,
 * a new one is opened under the same name. Latency counts from the sending; how far sending fell behind the recording is `lagMaxMs`.
 */
export class Player {
  readonly clickToList = new LatencyRecorder();
  readonly clickToAck = new LatencyRecorder();
  readonly refused = new Tally();
  readonly reconnects = new Tally();
  lagMaxMs = 0;
  readonly #playback: Playback;
  readonly #clock: Clock;
  readonly #listener: PlayerListener;
  /** Least recently used first. */
  readonly #users = new Map<string, ReplayUser>();
  #events: readonly RecordedEvent[] = [];
  #next = 0;
  #waitingCount = 0;
  #startUs = 0;
  #answeredUs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closingCount = 0;
  #isPumping = false;
  #isFinished = false;
  #finish: (error?: Error) => void = () => {};

  constructor(playback: Playback, clock: Clock, listener: PlayerListener) {
    this.#playback = playback;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Events that are through: with a list, or refused. */
  get doneCount(): number {
    return this.clickToList.count + this.refused.total;
  }

  /** Resolves when all events are answered, or nothing was for 15 s; rejects when a user cannot be connected any more. */
  async play(events: readonly RecordedEvent[]): Promise<void> {
    this.#events = events;
    this.#startUs = this.#answeredUs = this.#clock.nowUs();
    const watch = setInterval(() => this.#watchSilence(), 1_000);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = (error) => (error === undefined ? resolve() : reject(error));
        this.#pump();
      });
    } finally {
      this.#isFinished = true;
      clearInterval(watch);
      clearTimeout(this.#timer);
      for (const user of this.#users.values()) user.close();
    }
  }

  /** Hands out events until one is not due, or there is no room. */
  #pump(): void {
    // Handing out may answer at once and come back here; the outer call goes on by itself.
    if (this.#isPumping || this.#isFinished) return;
    this.#isPumping = true;
    while (this.#next < this.#events.length && this.#waitingCount < this.#playback.window) {
      const event = this.#events[this.#next];
      if (!this.#isDue(event)) break;
      const user = this.#userOf(event);
      if (user === undefined) break;
      this.#next++;
      this.#waitingCount++;
      user.play(event);
    }
    this.#isPumping = false;
    if (this.#next === this.#events.length && this.#isSettled()) this.#finish();
  }

  #isDue(event: RecordedEvent): boolean {
    const { speed } = this.#playback;
    if (speed === 'max') return true;
    const dueUs = this.#startUs + ((event.tsMs - this.#events[0].tsMs) * 1_000) / speed;
    const leftMs = (dueUs - this.#clock.nowUs()) / 1_000;
    if (leftMs > 0) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#pump(), Math.min(1_000, Math.ceil(leftMs)));
      this.#answeredUs = Math.max(this.#answeredUs, this.#clock.nowUs());
      return false;
    }
    this.lagMaxMs = Math.max(this.lagMaxMs, -leftMs);
    return true;
  }

  /** The event's user, connected; undefined while every socket is busy. */
  #userOf(event: RecordedEvent): ReplayUser | undefined {
    const { url, k, prefix } = this.#playback;
    const id = prefix + event.user;
    let user = this.#users.get(id);
    if (user === undefined) {
      if (!this.#hasRoom()) return undefined;
      user = new ReplayUser({ url, user: id, k }, this.#clock, this.#hear);
    } else this.#users.delete(id);
    this.#users.set(id, user);
    return user;
  }

  /** True when one more socket may be opened; else closes an idle one, if any, and `closed` tells when it has gone. */
  #hasRoom(): boolean {
    if (this.#users.size + this.#closingCount < this.#playback.users) return true;
    if (this.#closingCount === 0) this.#closeOldestIdle();
    return false;
  }

  #closeOldestIdle(): void {
    for (const [id, user] of this.#users) {
      if (!user.isIdle) continue;
      this.#users.delete(id);
      this.#closingCount++;
      user.close();
      return;
    }
  }

  #isSettled(): boolean {
    if (this.#waitingCount > 0) return false;
    for (const user of this.#users.values()) if (!user.isIdle) return false;
    return true;
  }

  #watchSilence(): void {
    if (this.#clock.nowUs() - this.#answeredUs > SILENCE_MAX_MS * 1_000) this.#finish();
  }

  #answered(): void {
    this.#answeredUs = this.#clock.nowUs();
    this.#pump();
  }

  readonly #hear: ReplayListener = {
    sending: (event, list) => this.#listener.sending(event, list),
    listed: (event, list, tookUs) => {
      this.clickToList.record(tookUs);
      this.#listener.listed(event, list);
      this.#waitingCount--;
      this.#answered();
    },
    acked: (tookUs) => {
      this.clickToAck.record(tookUs);
      this.#answered();
    },
    refused: (_event, code) => {
      this.refused.add(code);
      this.#waitingCount--;
      this.#answered();
    },
    closed: () => {
      this.#closingCount--;
      this.#pump();
    },
    reconnecting: (code) => this.reconnects.add(String(code)),
    gaveUp: (reason) => this.#finish(new Error(reason)),
  };
}
