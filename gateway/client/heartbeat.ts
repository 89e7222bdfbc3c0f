import { type Clock, Timer } from './client-clock.js';

/** Time that `probe` allows for a sign of life. */
export const PROBE_MS = 3_000;

/**
 * Watches that something is heard. A page cannot see the gateway's WebSocket pings, so after `heartbeatMs` of silence it
 * asks with a `ping` of the contract; after `idleTimeoutMs` of silence the connection counts as dead.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ask: () => void;
  readonly #beat: Timer;
  readonly #probe: Timer;
  #heardMs = 0;
  #heartbeatMs = 0;
  #idleTimeoutMs = 0;

  constructor(clock: Clock, ask: () => void, dead: () => void) {
    this.#clock = clock;
    this.#ask = ask;
    this.#beat = new Timer(clock, () => (this.#silenceMs() >= this.#idleTimeoutMs ? dead() : this.#next()));
    this.#probe = new Timer(clock, dead);
  }

  start(heartbeatMs: number, idleTimeoutMs: number): void {
    this.#heartbeatMs = heartbeatMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.heard();
    this.#beat.start(Math.min(heartbeatMs, idleTimeoutMs));
  }

  heard(): void {
    this.#heardMs = this.#clock.elapsedMs();
    this.#probe.stop();
  }

  probe(): void {
    this.#ask();
    this.#probe.start(PROBE_MS);
  }

  stop(): void {
    this.#beat.stop();
    this.#probe.stop();
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
