import { type Clock, Timer } from './client-clock.js';

/** Time that `probe` allows for its answer, at most. */
export const PROBE_MS = 3_000;
/** A probe that was answered counts for so long: another one is not sent. */
export const PROBE_EVERY_MS = 1_000;

/**
 * Watches that something is heard. A page cannot see the gateway's WebSocket pings, so after `heartbeatMs` of silence it
 * asks with a `ping` of the contract; after `idleTimeoutMs` of silence the connection counts as dead. Whoever has a reason to
 * doubt the path asks for a `probe`: its own `pong` has to come within `probeMs`, for a path may be dead one way only; after each
 * that did not come twice that is allowed, `PROBE_MS` at most: the path may be slow, until one to a node that lets the client in within half of
 * `probeMs` shows that it is not.
 * Bounds: one probe at a time, and none within `PROBE_EVERY_MS` of the one before.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ask: (id?: string) => void;
  readonly #beat: Timer;
  readonly #probe: Timer;
  #heardMs = 0;
  #heartbeatMs = 0;
  #idleTimeoutMs = 0;
  readonly #firstMs: number;
  #probeMs: number;
  #probes = 0;
  #probedMs = -Infinity;

  /** @param ask sends a `ping`. */
  constructor(clock: Clock, ask: (id?: string) => void, dead: () => void, probeMs: number) {
    this.#clock = clock;
    this.#ask = ask;
    this.#firstMs = this.#probeMs = probeMs;
    this.#beat = new Timer(clock, () => (this.#silenceMs() >= this.#idleTimeoutMs ? dead() : this.#next()));
    this.#probe = new Timer(clock, () => {
      this.#probeMs = Math.min(2 * this.#probeMs, PROBE_MS);
      dead();
    });
  }

  /** @param tookMs how long the gateway took to let the client in */
  start(heartbeatMs: number, idleTimeoutMs: number, tookMs: number): void {
    if (tookMs < this.#firstMs / 2) this.#probeMs = this.#firstMs;
    this.#heartbeatMs = heartbeatMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#probedMs = -Infinity;
    this.heard();
    this.#beat.start(Math.min(heartbeatMs, idleTimeoutMs));
  }

  heard(): void {
    this.#heardMs = this.#clock.elapsedMs();
  }

  /** A `pong`; true when it was for the heartbeat. */
  ponged(id: string | number | undefined): boolean {
    if (id !== this.#probeId) return id === undefined;
    this.#probe.stop();
    return true;
  }

  /** True while the `pong` of a probe is owed. */
  get isProbing(): boolean {
    return this.#probe.isWaiting;
  }

  probe(): void {
    const nowMs = this.#clock.elapsedMs();
    if (this.isProbing || nowMs - this.#probedMs < PROBE_EVERY_MS) return;
    this.#probedMs = nowMs;
    this.#probes++;
    this.#ask(this.#probeId);
    this.#probe.start(this.#probeMs);
  }

  stop(): void {
    this.#beat.stop();
    this.#probe.stop();
  }

  get #probeId(): string {
    return `probe-${this.#probes}`;
  }

  #silenceMs(): number {
    return this.#clock.elapsedMs() - this.#heardMs;
  }

  #next(): void {
    const silenceMs = this.#silenceMs();
    if (silenceMs < this.#heartbeatMs) return this.#beat.start(this.#heartbeatMs - silenceMs);
    this.#ask();
    this.#beat.start(Math.min(this.#heartbeatMs, this.#idleTimeoutMs - silenceMs));
  }
}
