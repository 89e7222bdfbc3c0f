/** Names on one page. */
export const PAGE_USERS = 512;
/** Members that are told at once, each to somebody else; beyond it whoever was asked for last the longest ago is ended. */
export const STREAMS_MAX = 8;

/** A part of the members of a segment; the last one says so. */
export interface MemberPage {
  readonly users: readonly string[];
  readonly isLast: boolean;
}

/** Goes through members page by page, for several who ask. */
export class MemberPages {
  readonly #streams = new Map<number, IterableIterator<string>>();

  /** The next page of stream `number`, which `begin` opens; undefined for one that was ended. */
  next(number: number, begin: (() => IterableIterator<string>) | undefined): MemberPage | undefined {
    const stream = begin?.() ?? this.#streams.get(number);
    if (stream === undefined) return undefined;
    const users: string[] = [];
    this.#streams.delete(number);
    for (let user = stream.next(); user.done !== true; user = stream.next()) {
      users.push(user.value);
      if (users.length === PAGE_USERS) {
        this.#keep(number, stream);
        return { users, isLast: false };
      }
    }
    return { users, isLast: true };
  }

  #keep(number: number, stream: IterableIterator<string>): void {
    if (this.#streams.size === STREAMS_MAX)
      for (const oldest of this.#streams.keys()) {
        this.#streams.delete(oldest);
        break;
      }
    this.#streams.set(number, stream);
  }
}
