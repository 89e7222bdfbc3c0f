import { WIRE_LIMITS } from '../../protocol/limits.js';
import type { WaitingRank } from './waiting-rank.js';

/** Frames that wait at once, and their bytes: at least one frame always finds room. */
const FRAMES_MAX = 1_024;
const BYTES_MAX = WIRE_LIMITS.frameBytes;
/** Of those, the ones that are looked into before their turn; the others are answered when it comes. */
const WATCHED_MAX = 16;
/** What stands before each frame: its bytes and whether it is binary (u32), and when it came (f64). */
const HEAD_BYTES = 12;
const ROOM_MAX = BYTES_MAX + FRAMES_MAX * HEAD_BYTES;
const ROOM_MIN = 4_096;
/** What those have in which nothing waits, and no call that is watched. */
const NO_ROOM = new Uint8Array(0);
const NO_VIEW = new DataView(NO_ROOM.buffer);
const NO_RANKS = new Map<number, WaitingRank>();

/** A frame as it came in. */
export interface WaitingFrame {
  /** Only to be read until the next call. */
  readonly frame: Uint8Array;
  readonly isBinary: boolean;
  readonly receivedUs: number;
  /** Set for a call that is answered in its time though it waits. */
  readonly rank: WaitingRank | undefined;
}

/**
 * Frames of one connection that wait for its user to be opened, or for its turn, in order. They wait as bytes, and are decoded when their turn
 * comes: a decoded message can take forty times as much. All are kept in one buffer, since most of what waits is somebody's
 * flood: nothing is allocated to keep a frame. The buffer is let go of when nothing waits.
 */
export class WaitingFrames {
  #room = NO_ROOM;
  #view = NO_VIEW;
  /** Where the oldest frame's head is in the room, and where the next one's will be. */
  #from = 0;
  #to = 0;
  #count = 0;
  /** Frames that were taken out before; what `#ranks` counts from. */
  #taken = 0;
  #ranks = NO_RANKS;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Bytes of the frames. */
  get bytes(): number {
    return this.#to - this.#from - this.#count * HEAD_BYTES;
  }

  /** @param frame copied. @returns false when there is no room. */
  add(frame: Uint8Array, isBinary: boolean, receivedUs: number): boolean {
    if (this.#count >= FRAMES_MAX || this.bytes + frame.length > BYTES_MAX) return false;
    this.#makeRoom(HEAD_BYTES + frame.length);
    this.#view.setUint32(this.#to, frame.length * 2 + Number(isBinary));
    this.#view.setFloat64(this.#to + 4, receivedUs);
    this.#room.set(frame, this.#to + HEAD_BYTES);
    this.#to += HEAD_BYTES + frame.length;
    this.#count++;
    return true;
  }

  /** True while one more may be given a `rank`. */
  get mayWatch(): boolean {
    return this.#ranks.size < WATCHED_MAX;
  }

  /** Number of the newest frame, by which it is found while it waits. */
  get newest(): number {
    return this.#taken + this.#count - 1;
  }

  /** Has the newest frame answered in its time though it waits; while `mayWatch`. */
  watch(rank: WaitingRank): void {
    if (this.#ranks === NO_RANKS) this.#ranks = new Map();
    this.#ranks.set(this.newest, rank);
  }

  /** The bytes of a frame that waits, by its number; only to be read until the next call. */
  frame(number: number): Uint8Array {
    let at = this.#from;
    for (let before = number - this.#taken; before > 0; before--) at = this.#endOf(at);
    return this.#room.subarray(at + HEAD_BYTES, this.#endOf(at));
  }

  /** Takes the oldest. */
  shift(): WaitingFrame | undefined {
    if (this.#count === 0) return undefined;
    const at = this.#from;
    const oldest: WaitingFrame = {
      frame: this.frame(this.#taken),
      isBinary: this.#view.getUint32(at) % 2 === 1,
      receivedUs: this.#view.getFloat64(at + 4),
      rank: this.#ranks.get(this.#taken),
    };
    this.#ranks.delete(this.#taken++);
    this.#from = this.#endOf(at);
    if (--this.#count === 0) this.#letGo();
    return oldest;
  }

  clear(): void {
    for (const rank of this.#ranks.values()) rank.end();
    this.#ranks = NO_RANKS;
    this.#taken += this.#count;
    this.#count = 0;
    this.#letGo();
  }

  /** Makes room for `bytes` behind the newest frame. */
  #makeRoom(bytes: number): void {
    if (this.#to + bytes <= this.#room.length) return;
    const needed = this.#to - this.#from + bytes;
    // Half of it is free again when what waits has been moved to the front, while there is as much to be had.
    const wanted = Math.min(ROOM_MAX, Math.max(ROOM_MIN, 2 * needed));
    const room = wanted <= this.#room.length ? this.#room : new Uint8Array(wanted);
    room.set(this.#room.subarray(this.#from, this.#to));
    this.#to -= this.#from;
    this.#from = 0;
    if (room !== this.#room) this.#keep(room);
  }

  /** Place behind the frame whose head is at `at`. */
  #endOf(at: number): number {
    return at + HEAD_BYTES + (this.#view.getUint32(at) >> 1);
  }

  #letGo(): void {
    this.#from = this.#to = 0;
    this.#room = NO_ROOM;
    this.#view = NO_VIEW;
  }

  #keep(room: Uint8Array<ArrayBuffer>): void {
    this.#room = room;
    this.#view = new DataView(room.buffer);
  }
}
