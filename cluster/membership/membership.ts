import type { Clock } from '../../metrics/process/clock.js';

/**
 * What an operator has said of a node: it gives its partitions away, `leaving` until it is started again and `draining` until it is let in again, or it is
 * out until it is let in again.
 */
export type NodeMark = 'member' | 'leaving' | 'draining' | 'evicted';

/** What a node tells all others, every `HEARTBEAT_MS`. */
export interface Heartbeat {
  readonly node: string;
  /** Nodes whose heartbeats it gets. */
  readonly hears: readonly string[];
  /** How long ago it got the last one of each of `hears`, ms; a node of an earlier version does not tell. */
  readonly ages?: readonly number[] | undefined;
  /** True in the last one of a node that stops. */
  readonly leaves?: boolean | undefined;
}

/** Why a node may not take partitions over now. */
export type Hindrance = 'unregistered' | Exclude<NodeMark, 'member'> | 'stalled' | 'listening' | 'minority';

export interface MembershipView {
  /** Nodes to place partitions on, by name: those that are heard, and neither draining nor evicted. */
  readonly eligible: readonly string[];
  /** Undefined when this node may take over what is placed on it. */
  readonly hindrance: Hindrance | undefined;
}

export const HEARTBEAT_MS = 100;
/** A node that was not heard for longer is taken for dead. */
export const SUSPECT_MS = 600;
/** A node whose own beats were this far apart knows nothing of the others any more. */
export const STALL_MS = 300;

/**
 * Who is there, as one node sees it, and whether it may act on that. A node that wakes from a pause, or is cut off, takes all others
 * for dead; so it may take over only when its own beats kept their time for `SUSPECT_MS`, and when of all nodes that are known
 * more than half are heard by it and hear it. A node that others hear is there: two that reach each other no more, and both a third one,
 * would take each other's partitions back and forth. Nothing here decides who owns a partition: the journal refuses whoever is wrong.
 */
export class Membership {
  readonly #self: string;
  readonly #clock: Clock;
  readonly #heard = new Map<string, { readonly atMs: number; readonly hearsSelf: boolean }>();
  /** When somebody else has heard a node, as they tell. */
  readonly #vouchedMs = new Map<string, number>();
  /** When a node has left. */
  readonly #leftMs = new Map<string, number>();
  #marks: ReadonlyMap<string, NodeMark> = new Map();
  #beatMs: number;
  /** Since when the beats kept their time. */
  #steadySinceMs: number;

  constructor(self: string, clock: Clock) {
    this.#self = self;
    this.#clock = clock;
    this.#beatMs = this.#steadySinceMs = this.#nowMs();
  }

  /** All nodes that are known; this one has to be among them before it may do anything. */
  learn(marks: ReadonlyMap<string, NodeMark>): void {
    this.#marks = new Map(marks);
  }

  /** False for a node that is not known, of which nothing is kept: whoever can speak to the servers could name any number. */
  hear(beat: Heartbeat): boolean {
    const { node, hears, leaves } = beat;
    if (!this.#marks.has(node)) return false;
    if (leaves === true) this.#left(node);
    else this.#heard.set(node, { atMs: this.#nowMs(), hearsSelf: hears.includes(this.#self) });
    this.#takeWord(beat);
    return true;
  }

  #left(node: string): void {
    this.#heard.delete(node);
    this.#vouchedMs.delete(node);
    this.#leftMs.set(node, this.#nowMs());
  }

  /** Takes the word of a node for those that it hears itself. It may not have heard yet that one of them has just left. */
  #takeWord({ hears, ages = [] }: Heartbeat): void {
    for (const [i, age] of ages.entries()) {
      const atMs = this.#nowMs() - age;
      const node = hears[i] ?? '';
      const isLeaving = this.#nowMs() - (this.#leftMs.get(node) ?? -Infinity) <= SUSPECT_MS;
      if (!this.#marks.has(node) || isLeaving || age < 0) continue;
      this.#vouchedMs.set(node, Math.max(atMs, this.#vouchedMs.get(node) ?? -Infinity));
    }
  }

  /** The heartbeat to send now. To be called every `HEARTBEAT_MS`: what is late tells that this node stood still. */
  beat(): Heartbeat {
    const nowMs = this.#nowMs();
    if (nowMs - this.#beatMs > STALL_MS) this.#steadySinceMs = nowMs;
    this.#beatMs = nowMs;
    const hears = [...this.#marks.keys()].filter((node) => this.#isHeard(node));
    const ages = hears.map((node) => Math.round(nowMs - (this.#heard.get(node)?.atMs ?? nowMs)));
    return { node: this.#self, hears, ages };
  }

  view(): MembershipView {
    const eligible = this.alive.filter((node) => this.#marks.get(node) === 'member');
    return { eligible: eligible.sort(), hindrance: this.#hindrance() };
  }

  /** Known nodes that are heard, by others if not by this one, draining ones included, and this one. */
  get alive(): string[] {
    return [...this.#marks.keys()].filter(
      (node) => node === this.#self || this.#isHeard(node) || this.#isVouchedFor(node),
    );
  }

  /** Those of them that may have partitions. */
  get present(): string[] {
    return this.alive.filter((node) => this.#marks.get(node) !== 'evicted');
  }

  #isHeard(node: string): boolean {
    const last = this.#heard.get(node);
    return last !== undefined && this.#nowMs() - last.atMs <= SUSPECT_MS;
  }

  #isVouchedFor(node: string): boolean {
    return this.#nowMs() - (this.#vouchedMs.get(node) ?? -Infinity) <= SUSPECT_MS;
  }

  #hindrance(): Hindrance | undefined {
    const mark = this.#marks.get(this.#self);
    if (mark === undefined) return 'unregistered';
    if (mark !== 'member') return mark;
    const nowMs = this.#nowMs();
    if (nowMs - this.#beatMs > STALL_MS) return 'stalled';
    if (nowMs - this.#steadySinceMs < SUSPECT_MS) return 'listening';
    return this.#hasMajority() ? undefined : 'minority';
  }

  /** An evicted node has no voice. */
  #hasMajority(): boolean {
    const voices = [...this.#marks.keys()].filter((node) => this.#marks.get(node) !== 'evicted');
    const seen = voices.filter((node) => node === this.#self || this.#isMutual(node));
    return 2 * seen.length > voices.length;
  }

  #isMutual(node: string): boolean {
    return this.#isHeard(node) && this.#heard.get(node)?.hearsSelf === true;
  }

  #nowMs(): number {
    return this.#clock.nowUs() / 1_000;
  }
}
