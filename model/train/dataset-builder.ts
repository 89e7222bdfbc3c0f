import { EVENT_KIND } from '../event-kinds.js';
import type { Dataset } from './dataset.js';

interface OpenSession {
  readonly user: number;
  readonly items: number[];
  readonly kinds: number[];
  readonly times: number[];
}

/** Gives text codes 0, 1, … in order of appearance. */
export class Dictionary {
  readonly texts: string[] = [];
  private readonly codes = new Map<string, number>();

  code(text: string): number {
    let code = this.codes.get(text);
    if (code === undefined) {
      code = this.texts.push(text) - 1;
      this.codes.set(text, code);
    }
    return code;
  }
}

/** Collects clicks by session key and lays them out as a `Dataset`. */
export class DatasetBuilder {
  readonly items = new Dictionary();
  readonly users = new Dictionary();
  private readonly sessions = new Map<string, OpenSession>();

  /** `items`: ids that take the first rows, in this order. */
  constructor(items: readonly string[] = []) {
    for (const item of items) this.items.code(item);
  }

  /** Appends a click; `user` '' when unknown, `timeMs` NaN when unknown. */
  click(
    session: string,
    user: string,
    item: string,
    kind: number = EVENT_KIND.unknown,
    timeMs = Number.NaN,
  ): void {
    let open = this.sessions.get(session);
    if (!open) {
      open = { user: user === '' ? -1 : this.users.code(user), items: [], kinds: [], times: [] };
      this.sessions.set(session, open);
    }
    open.items.push(this.items.code(item));
    open.kinds.push(kind);
    open.times.push(timeMs);
  }

  /** Sessions in order of their last click (the order of appearance where times are unknown or equal). */
  build(
    name: string,
    hash: string,
    category: Int32Array | null = null,
    brand: Int32Array | null = null,
  ): Dataset {
    const sessions = [...this.sessions.values()];
    const timed = sessions.length > 0 && !Number.isNaN(sessions[0].times[0]);
    if (timed) sessions.sort((a, b) => a.times[a.times.length - 1] - b.times[b.times.length - 1]);
    const start = new Int32Array(sessions.length + 1);
    sessions.forEach((session, i) => (start[i + 1] = start[i] + session.items.length));
    const clicks = start[sessions.length];
    const item = new Int32Array(clicks);
    const kind = new Uint8Array(clicks);
    const timeMs = timed ? new Float64Array(clicks) : null;
    sessions.forEach((session, i) => {
      item.set(session.items, start[i]);
      kind.set(session.kinds, start[i]);
      timeMs?.set(session.times, start[i]);
    });
    const user = Int32Array.from(sessions, (session) => session.user);
    return { name, itemIds: this.items.texts, category, brand, item, kind, timeMs, start, user, hash };
  }
}

/** Codes of a text per item, −1 where there is none. */
export function codes(items: readonly string[], textOf: (item: string) => string | undefined): Int32Array {
  const known = new Dictionary();
  return Int32Array.from(items, (item) => {
    const text = textOf(item);
    return text === undefined || text === '' ? -1 : known.code(text);
  });
}
