import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import { wireGraph, type GraphNames } from './user-graphs.js';
import { type JournalEvent, type ShardPool, type UserKey } from '../../shards/api.js';

const NAMES_OF = Object.fromEntries(Object.entries(EVENT_KIND).map(([name, kind]) => [kind, name]));

/** Exports that are under way at once; who asks for more looks at `isFull` first, and refuses. */
export const EXPORTS_MAX = 2;

/** Writes all that is kept of a user as one JSON document, in pieces. */
export class UserExports {
  readonly #pool: Pick<ShardPool, 'graph' | 'exportOf'>;
  readonly #names: GraphNames;
  #underWay = 0;

  constructor(pool: Pick<ShardPool, 'graph' | 'exportOf'>, names: GraphNames) {
    this.#pool = pool;
    this.#names = names;
  }

  get isFull(): boolean {
    return this.#underWay >= EXPORTS_MAX;
  }

  /**
   * `{atMs, graph, state, events, sessions}`; `state` is what is stored of the user as base64. Rejects as `ShardPool.graph` before
   * the first piece; a piece throws when a shard does not answer. It counts as under way from the call on until its last piece, or
   * until its `return`: whoever does not read the pieces calls that.
   */
  async write(user: UserKey): Promise<AsyncGenerator<string>> {
    this.#underWay++;
    try {
      const { atMs, ...graph } = wireGraph(await this.#pool.graph(user), this.#names);
      const pieces = this.#pieces(JSON.stringify({ atMs, graph }).slice(0, -1), user);
      // Begun: a generator that is not would leave out its `finally` when it is returned.
      await pieces.next();
      return pieces;
    } catch (error) {
      this.#underWay--;
      throw error;
    }
  }

  async *#pieces(head: string, user: UserKey): AsyncGenerator<string> {
    try {
      yield '';
      yield head;
      const sessions: Sessions = new Map();
      let count = 0;
      for await (const { events, kept } of this.#pool.exportOf(user)) {
        const before = kept === undefined ? '' : `,"state":${stateText(kept.state)},"events":[`;
        for (const { sessionId, seq, atMs } of kept?.sessions ?? [])
          noteSession(sessions, sessionId, seq, atMs);
        let text = '';
        for (const event of events) {
          noteSession(sessions, event.session, event.seq, event.tsMs);
          text += (count++ === 0 ? '' : ',') + JSON.stringify(this.#eventOf(event));
        }
        // A blank says to the peer that more is to come.
        yield before + text || ' ';
      }
      yield `],"sessions":${JSON.stringify([...sessions.values()])}}\n`;
    } finally {
      this.#underWay--;
    }
  }

  #eventOf(event: JournalEvent): object {
    const { session, seq, kind, tsMs, items, value, quantity, query, eventId, campaign } = event;
    return {
      e: NAMES_OF[kind],
      ts: tsMs,
      ...(session !== '' && { session, seq }),
      ...(eventId !== '' && { id: eventId }),
      ...(items.length > 0 && { items: items.map((item) => this.#names.idOf(item)) }),
      ...(value !== 0 && { value }),
      ...(quantity !== 1 && { quantity }),
      ...(query !== '' && { query }),
      ...(campaign !== undefined && { campaign }),
    };
  }
}

type Sessions = Map<string, { readonly session: string; readonly seq: number; readonly lastMs: number }>;

/** The rows of the latest sessions may not be stored yet when the journal has their events. */
function noteSession(sessions: Sessions, session: string, seq: number, atMs: number): void {
  if (session === '') return;
  const known = sessions.get(session);
  const lastMs = Math.max(known?.lastMs ?? 0, atMs);
  sessions.set(session, { session, seq: Math.max(known?.seq ?? 0, seq), lastMs });
}

function stateText(state: Uint8Array | undefined): string {
  return state === undefined ? 'null' : `"${Buffer.from(state).toString('base64')}"`;
}
