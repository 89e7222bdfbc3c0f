import type { EventRefusal, ShardEvents } from '../../shards/pool/shard-pool.js';
import type { NamedKey } from '../../shards/store/user-key.js';
import type { ShardList } from '../../shards/wire/slot-lists.js';
import { HeldBy } from './held-by.js';

/** What the shards of this node say, told to its own gateway and to the guests who have the channel or the session. */
export class GuestNews implements ShardEvents {
  readonly channels = new HeldBy();
  readonly sessions = new HeldBy();
  /** The gateway of this node, once it listens. */
  #own: ShardEvents | undefined;

  /** The gateway hears of all that guests hear of, besides its own. */
  listen(own: ShardEvents): void {
    this.#own = own;
  }

  /** True for a slot that another node wants lists of. */
  wantsSlot(channel: number, slot: string): boolean {
    return [...this.channels.of(channel)].some(([guest, theirs]) => guest.wants(theirs, slot));
  }

  list(channel: number, slot: string, list: ShardList): void {
    this.#own?.list(channel, slot, list);
    for (const [guest, theirs] of this.channels.of(channel)) {
      if (!guest.wants(theirs, slot)) continue;
      guest.packer.list(theirs, slot, list);
      guest.packer.soon();
    }
  }

  current(channel: number, slot: string): void {
    this.#own?.current(channel, slot);
    for (const [guest, theirs] of this.channels.of(channel))
      if (guest.wants(theirs, slot)) guest.packer.current(theirs, slot);
  }

  applied(session: number, seq: number): void {
    this.#own?.applied(session, seq);
    for (const [{ packer }, theirs] of this.sessions.of(session)) {
      packer.applied(theirs, seq);
      packer.soon();
    }
  }

  /** Clocks of two machines do not tell the same times: a guest gets none. */
  durable(session: number, seq: number, fromUs: number, toUs: number): void {
    this.#own?.durable(session, seq, fromUs, toUs);
    for (const [{ packer }, theirs] of this.sessions.of(session)) packer.durable(theirs, seq, 0, 0);
  }

  refused(session: number, seq: number, code: EventRefusal, expected: number): void {
    this.#own?.refused(session, seq, code, expected);
    for (const [{ packer }, theirs] of this.sessions.of(session)) {
      packer.refused(theirs, seq, expected);
      packer.soon();
    }
  }

  moved(channel: number, into: NamedKey): void {
    this.#own?.moved(channel, into);
    this.#tellLeft(channel, into);
  }

  erased(channel: number): void {
    this.#own?.erased(channel);
    this.#tellLeft(channel, undefined);
  }

  #tellLeft(channel: number, into: NamedKey | undefined): void {
    for (const [{ packer }, theirs] of this.channels.of(channel))
      packer.reply({ op: 'left', call: 0, channel: theirs, into });
  }
}
