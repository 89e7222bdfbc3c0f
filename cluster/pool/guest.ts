import type { OpenChannel, OpenSession } from '../../shards/owed/outstanding.js';
import { ReplyPacker } from '../../shards/wire/thread-batch.js';
import type { LinkedPeer } from '../link/link-server.js';

/**
 * One other node as it uses one partition of this one: which numbers it has given its channels and sessions, and what they are here. What
 * is said to it leaves once a turn of the event loop.
 */
export class Guest {
  readonly partition: number;
  readonly packer: ReplyPacker;
  /** By the guest's numbers. */
  readonly channels = new Map<number, OpenChannel>();
  readonly sessions = new Map<number, OpenSession>();
  /** Slots that it wants lists of, by its channel. */
  readonly slots = new Map<number, Set<string>>();
  /** Channels, by its numbers, that wait for the end of a merge before they are opened; whatever comes for them waits as well. */
  readonly opening = new Map<number, Promise<void>>();
  /** Questions that it waits for, by the numbers that they have here, each with what is to be called when it is over. */
  readonly questions = new Map<number, () => void>();
  /** True when nothing of it is served any more. */
  isGone = false;

  /** @param items indices of items that were given out, as of now */
  constructor(partition: number, peer: LinkedPeer, items: () => number) {
    this.partition = partition;
    this.packer = new ReplyPacker((batch) => peer.say({ op: 'replies', partition, items: items(), batch }));
  }

  wants(channel: number, slot: string): boolean {
    return this.slots.get(channel)?.has(slot) ?? false;
  }
}
