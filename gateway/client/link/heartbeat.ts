import { type Clock, Timer } from './client-clock.js';

/** Time that `probe` allows for its answer. */
export const PROBE_MS = 3_000;
/** A probe that was answered counts for so long: another one is not sent. */
export const PROBE_EVERY_MS = 1_000;

/**
 * Watches that something is heard. A page cannot see the gateway's WebSocket pings, so after `heartbeatMs` of silence it
 * asks with a `ping` of the contract; after `idleTimeoutMs` of silence the connection counts as dead. Whoever has a reason to
 * doubt the path asks for a `probe`: its own `pong` has to come within `PROBE_MS`, for a path may be dead one way only.
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
  #probes = 0;
  #probedMs = -Infinity;

  /** @param ask sends a `ping`. */
  constructor(clock: Clock, ask: (id?: string) => void, dead: () => void) {
    this.#clock = clock;
    this.#ask = ask;
    this.#beat = new Timer(clock, () => (this.#silenceMs() >= this.#idleTimeoutMs ? dead() : this.#next()));
    this.#probe = new Timer(clock, dead);
  }

  start(heartbeatMs: number, idleTimeoutMs: number): void {
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

  probe(): void {
    const nowMs = this.#clock.elapsedMs();
    if (this.#probe.isWaiting || nowMs - this.#probedMs < PROBE_EVERY_MS) return;
    this.#probedMs = nowMs;
    this.#probes++;
    this.#ask(this.#probeId);
    this.#probe.start(PROBE_MS);
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
