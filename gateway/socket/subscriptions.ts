import { SmallMap } from '../../metrics/collections/small-map.js';
import { USER_SLOTS_MAX, type ChannelMember, type Channels, type SessionState } from './channels.js';
import { isProblem } from '../calls/event-intake.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { Slot } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import type { TiledSlots } from '../tiles/tiled-slots.js';
import type { SlotCompiler } from '../calls/slot-compiler.js';
import { listUs, type SlotDefinition } from '../../shards/api.js';

/** A slot as the client wrote it and as the shard has it. */
export interface SubscribedSlot {
  readonly wire: Slot;
  readonly definition: SlotDefinition;
}

/** A connection that has slots. */
export interface SlotHolder extends ChannelMember {
  /** It has asked for lists that will take a shard so many microseconds, as far as can be told. */
  asksFor(us: number): void;
}

/** The slots that one connection is subscribed to, at most as many as announced. */
export class Subscriptions {
  readonly #bySlot = new SmallMap<string, SubscribedSlot>();
  readonly #compiler: SlotCompiler;
  readonly #channels: Channels;
  readonly #member: SlotHolder;
  readonly #tiles: TiledSlots;

  /** @param member the connection whose slots these are; `tiles`: of those that ask for fields. */
  constructor(compiler: SlotCompiler, channels: Channels, member: SlotHolder, tiles: TiledSlots) {
    this.#compiler = compiler;
    this.#channels = channels;
    this.#member = member;
    this.#tiles = tiles;
  }

  get isEmpty(): boolean {
    return this.#bySlot.size === 0;
  }

  has(name: string): boolean {
    return this.#bySlot.has(name);
  }

  definition(name: string): SlotDefinition | undefined {
    return this.#bySlot.get(name)?.definition;
  }

  /** What tiles of the slot show. */
  fields(name: string): readonly string[] | undefined {
    return this.#bySlot.get(name)?.wire.fields;
  }

  names(): Iterable<string> {
    return this.#bySlot.keys();
  }

  /** Checks slots that may be added; or says what is wrong with the first bad one. */
  compile(slots: readonly Slot[]): readonly SubscribedSlot[] | Problem {
    const names = new Set([...this.#bySlot.keys(), ...slots.map(({ slot }) => slot)]);
    if (names.size > WIRE_LIMITS.slots)
      return { code: 'too_many', message: `more than ${WIRE_LIMITS.slots} slots` };
    const definitions = this.#compiler.compileAll(slots);
    return isProblem(definitions)
      ? definitions
      : definitions.map((definition, i) => ({ wire: slots[i], definition }));
  }

  /** Adds or redefines slots; a list of each follows. Or says why none is added: the user has too many over all connections. */
  add(session: SessionState, subscribed: readonly SubscribedSlot[]): Problem | undefined {
    const names = subscribed.map(({ definition }) => definition.name);
    if (!this.#channels.hasRoomFor(session, names))
      return { code: 'too_many', message: `more than ${USER_SLOTS_MAX} slots of one user` };
    const added = new Set<string>();
    for (const slot of subscribed) {
      if (!this.#bySlot.has(slot.definition.name)) added.add(slot.definition.name);
      this.#bySlot.set(slot.definition.name, slot);
      this.#tiles.define(slot.definition.name, slot.wire.fields);
    }
    const definitions = subscribed.map(({ definition }) => definition);
    this.#channels.subscribe(this.#member, session, definitions, [...added]);
    this.#member.asksFor(definitions.reduce((us, definition) => us + listUs(definition), 0));
    return undefined;
  }

  /** @returns the names that were there. */
  remove(session: SessionState, names: readonly string[]): readonly string[] {
    const removed = names.filter((name) => this.#bySlot.delete(name));
    for (const name of removed) this.#tiles.drop(name);
    this.#channels.unsubscribe(this.#member, session, removed);
    return removed;
  }

  /** The same slots for another user, after the connection has left the one before; or none, as `add`. */
  moveTo(session: SessionState): Problem | undefined {
    const kept = [...this.#bySlot.values()];
    this.#bySlot.clear();
    return this.add(session, kept);
  }

  /** Compiles filters again that the catalogue has outgrown, and redefines their slots. */
  refresh(session: SessionState, isCurrent: (slot: SlotDefinition) => boolean): void {
    const stale = [...this.#bySlot.values()].filter(({ definition }) => !isCurrent(definition));
    const compiled = stale.length === 0 ? [] : this.compile(stale.map(({ wire }) => wire));
    if (isProblem(compiled) || compiled.length === 0) return;
    for (const slot of compiled) this.#bySlot.set(slot.definition.name, slot);
    this.#channels.redefine(
      session,
      compiled.map(({ definition }) => definition),
    );
  }
}
