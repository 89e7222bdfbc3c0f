import type { SegmentCount } from '../graph/segment-rule.js';
import { isVisitor } from '../store/user-key.js';

/**
 * Who is in which segment, of the users of one shard: some hundred bytes for each that somebody is in. Named users and visitors are
 * kept apart, for a visitor's key is the secret of their session and is told to nobody.
 */
export class SegmentMembers {
  readonly #segments = new Map<number, { readonly named: Set<string>; readonly visitors: Set<string> }>();

  /** Keeps these segments, those that were there with their members. */
  define(segments: readonly number[]): void {
    for (const segment of this.#segments.keys())
      if (!segments.includes(segment)) this.#segments.delete(segment);
    for (const segment of segments)
      if (!this.#segments.has(segment))
        this.#segments.set(segment, { named: new Set(), visitors: new Set() });
  }

  has(segment: number): boolean {
    return this.#segments.has(segment);
  }

  /** The segments that a user is in. */
  of(userId: string): number[] {
    const found: number[] = [];
    for (const segment of this.#segments.keys())
      if (this.#setOf(segment, userId)?.has(userId)) found.push(segment);
    return found;
  }

  add(segment: number, userId: string): void {
    this.#setOf(segment, userId)?.add(userId);
  }

  remove(segment: number, userId: string): void {
    this.#setOf(segment, userId)?.delete(userId);
  }

  counts(): SegmentCount[] {
    return Array.from(this.#segments, ([segment, { named, visitors }]) => ({
      segment,
      users: named.size,
      visitors: visitors.size,
    }));
  }

  /** The named users of a segment; who comes or goes while it is gone through may be among them. */
  named(segment: number): IterableIterator<string> {
    return (this.#segments.get(segment)?.named ?? new Set<string>()).values();
  }

  #setOf(segment: number, userId: string): Set<string> | undefined {
    const members = this.#segments.get(segment);
    return isVisitor(userId) ? members?.visitors : members?.named;
  }
}
