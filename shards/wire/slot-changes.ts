import type { ShardCall } from './calls.js';
import type { SlotDefinition } from './slot-lists.js';

/** What is to be said of the slots of one channel. */
interface ChannelSlots {
  readonly defined: Map<string, SlotDefinition>;
  /** Definitions whose lists are no hurry. */
  readonly redefined: Map<string, SlotDefinition>;
  readonly current: Set<string>;
  readonly gone: Set<string>;
}

/**
 * What has changed about the slots of open users since the last batch: of each slot the latest, so that the size is that of
 * the slots and not that of what clients send. Slots are a state and not a sequence: what comes between does not matter.
 */
export class SlotChanges {
  readonly #channels = new Map<number, ChannelSlots>();

  get isEmpty(): boolean {
    return this.#channels.size === 0;
  }

  /** False for a call that is not about slots. */
  take(call: ShardCall): boolean {
    switch (call.op) {
      case 'subscribe':
        for (const slot of call.slots) this.#define(this.#of(call.channel), slot);
        return true;
      case 'redefine':
        for (const slot of call.slots) this.#redefine(this.#of(call.channel), slot);
        return true;
      case 'unsubscribe':
        for (const name of call.names) this.#remove(this.#of(call.channel), name);
        return true;
      case 'current':
        for (const name of call.names) this.#ask(this.#of(call.channel), name);
        return true;
      default:
        return false;
    }
  }

  *calls(): Generator<ShardCall> {
    for (const [channel, { defined, redefined, current, gone }] of this.#channels) {
      if (gone.size > 0) yield { op: 'unsubscribe', channel, names: [...gone] };
      if (defined.size > 0) yield { op: 'subscribe', channel, slots: [...defined.values()] };
      if (redefined.size > 0) yield { op: 'redefine', channel, slots: [...redefined.values()] };
      if (current.size > 0) yield { op: 'current', channel, names: [...current] };
    }
  }

  clear(): void {
    this.#channels.clear();
  }

  #of(channel: number): ChannelSlots {
    let slots = this.#channels.get(channel);
    if (slots === undefined) {
      slots = { defined: new Map(), redefined: new Map(), current: new Set(), gone: new Set() };
      this.#channels.set(channel, slots);
    }
    return slots;
  }

  #define({ defined, redefined, current, gone }: ChannelSlots, slot: SlotDefinition): void {
    redefined.delete(slot.name);
    gone.delete(slot.name);
    current.delete(slot.name);
    defined.set(slot.name, slot);
  }

  /** A slot that is defined in this batch keeps its hurry; one that is gone stays so. */
  #redefine({ defined, redefined, gone }: ChannelSlots, slot: SlotDefinition): void {
    if (defined.has(slot.name)) defined.set(slot.name, slot);
    else if (!gone.has(slot.name)) redefined.set(slot.name, slot);
  }

  #ask({ defined, current }: ChannelSlots, name: string): void {
    if (!defined.has(name)) current.add(name);
  }

  #remove({ defined, redefined, current, gone }: ChannelSlots, name: string): void {
    defined.delete(name);
    redefined.delete(name);
    current.delete(name);
    gone.add(name);
  }
}
