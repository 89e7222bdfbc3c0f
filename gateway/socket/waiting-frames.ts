import { Fifo } from '../../metrics/process/fifo.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { WaitingRank } from './waiting-rank.js';

/** Frames that wait at once, and their bytes: at least one frame always finds room. */
const FRAMES_MAX = 1_024;
const BYTES_MAX = WIRE_LIMITS.frameBytes;

/** A frame as it came in. */
export interface WaitingFrame {
  readonly frame: Uint8Array;
  readonly isBinary: boolean;
  readonly receivedUs: number;
  /** Set for a call that is answered in its time though it waits. */
  rank?: WaitingRank;
}

/**
 * Frames of one connection that wait for its user to be opened, or for its turn, in order. They wait as bytes, and are decoded when their turn
 * comes: a decoded message can take forty times as much.
 */
export class WaitingFrames {
  readonly #frames = new Fifo<WaitingFrame>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param frame copied. @returns undefined when there is no room. */
  add(frame: Uint8Array, isBinary: boolean, receivedUs: number): WaitingFrame | undefined {
    if (this.#frames.length >= FRAMES_MAX || this.#bytes + frame.length > BYTES_MAX) return undefined;
    const waiting: WaitingFrame = { frame: frame.slice(), isBinary, receivedUs };
    this.#frames.push(waiting);
    this.#bytes += frame.length;
    return waiting;
  }

  /** Takes the oldest. */
  shift(): WaitingFrame | undefined {
    const oldest = this.#frames.shift();
    this.#bytes -= oldest?.frame.length ?? 0;
    return oldest;
  }

  clear(): void {
    for (let oldest = this.shift(); oldest !== undefined; oldest = this.shift()) oldest.rank?.end();
  }
}
