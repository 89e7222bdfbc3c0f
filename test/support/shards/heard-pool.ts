import type { OpenedSession, ShardEvents, ShardPool } from '../../../shards/pool/shard-pool.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';
import type { ShardList, SlotDefinition } from '../../../shards/wire/slot-lists.js';
import { named, nameOf, visitor } from '../../../shards/store/user-key.js';
import { slotOf, type RankFields } from './shard-calls.js';

/** What a pool said. */
export type Heard =
  | { readonly op: 'list'; readonly channel: number; readonly slot: string; readonly list: ShardList }
  | { readonly op: 'current'; readonly channel: number; readonly slot: string }
  | { readonly op: 'applied' | 'durable'; readonly session: number; readonly seq: number }
  | { readonly op: 'refused'; readonly session: number; readonly seq: number; readonly expected: number }
  | { readonly op: 'moved'; readonly channel: number; readonly into: string }
  | { readonly op: 'erased'; readonly channel: number };

type Answer = Extract<Heard, { op: 'durable' | 'applied' | 'refused' }>;

/** Whether this says what became of an event. */
function isAnswer(said: Heard, session: number, seq: number): said is Answer {
  if (said.op !== 'durable' && said.op !== 'refused') return false;
  return said.session === session && (said.op === 'refused' ? said.seq === seq : said.seq >= seq);
}

/** A pool, what it says, and waits for what has to come. */
export class HeardPool<Pool extends ShardPool = ShardPool> {
  readonly pool: Pool;
  readonly heard: Heard[] = [];
  readonly #lookers = new Set<() => void>();

  constructor(pool: Pool) {
    this.pool = pool;
    pool.listen(this.#receiver());
  }

  /** Opens a session of a user and gives them a slot `home`. */
  async openUser(name: string, slot: Partial<SlotDefinition> = {}): Promise<OpenedSession> {
    return this.#withSlot(await this.pool.open(named(name), `session of ${name}`), slot);
  }

  /** The same for a visitor. */
  async openVisitor(session: string, slot: Partial<SlotDefinition> = {}): Promise<OpenedSession> {
    const opened = await this.pool.openVisitor(visitor(session));
    if ('mergedSeq' in opened) throw new Error(`the visitor ${session} was merged`);
    return this.#withSlot(opened, slot);
  }

  async #withSlot(opened: OpenedSession, slot: Partial<SlotDefinition>): Promise<OpenedSession> {
    this.pool.subscribe(opened.channel, [slotOf(slot)]);
    await this.until(() => this.lists(opened.channel).length > 0, `a list of ${nameOf(opened.user)}`);
    return opened;
  }

  /** Sends an event and resolves when it is durable. */
  async send(opened: OpenedSession, event: ShardEvent): Promise<void> {
    this.pool.event(opened.channel, opened.session, event);
    await this.durable(opened, event.seq);
  }

  /** Sends events one after the other as a client does: what a busy shard refuses, and still expects, is sent again. */
  async deliver(opened: OpenedSession, events: readonly ShardEvent[]): Promise<void> {
    for (const event of events) {
      let answer = await this.#answer(opened, event);
      while (answer.op === 'refused' && answer.expected === event.seq)
        answer = await this.#answer(opened, event);
      if (answer.op === 'refused')
        throw new Error(`${event.seq} was refused: ${answer.expected} is expected`);
    }
  }

  /** Sends an event and resolves with what became of it. */
  async #answer(opened: OpenedSession, event: ShardEvent): Promise<Answer> {
    const from = this.heard.length;
    const found = () => this.heard.slice(from).find((said) => isAnswer(said, opened.session, event.seq));
    this.pool.event(opened.channel, opened.session, event);
    await this.until(() => found() !== undefined, `an answer to ${event.seq}`);
    return found() as Answer;
  }

  durable({ session }: OpenedSession, seq: number): Promise<void> {
    const isDurable = () =>
      this.heard.some((said) => said.op === 'durable' && said.session === session && said.seq >= seq);
    return this.until(isDurable, `durable ${seq}`);
  }

  lists(channel: number): ShardList[] {
    return this.heard.flatMap((said) => (said.op === 'list' && said.channel === channel ? [said.list] : []));
  }

  /** Asks for an order and resolves with it. */
  rank({ by, of, slot, deadlineUs = 0 }: RankFields): Promise<readonly number[]> {
    return new Promise((resolve, reject) =>
      this.pool.rank(
        by.channel,
        { slot: slotOf(slot), deadlineUs, ...(of && { candidates: Int32Array.from(of) }) },
        (outcome) => {
          if (typeof outcome === 'string') reject(new Error(`the rank was refused: ${outcome}`));
          else resolve([...outcome.items]);
        },
      ),
    );
  }

  /** Resolves when `isTrue`, looked at after everything the pool says. */
  until(isTrue: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come`)), 15_000);
      const look = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#lookers.delete(look);
        resolve();
      };
      this.#lookers.add(look);
      look();
    });
  }

  #receiver(): ShardEvents {
    const hear = (said: Heard) => {
      this.heard.push(said);
      for (const look of this.#lookers) look();
    };
    return {
      list: (channel, slot, list) => hear({ op: 'list', channel, slot, list }),
      current: (channel, slot) => hear({ op: 'current', channel, slot }),
      applied: (session, seq) => hear({ op: 'applied', session, seq }),
      durable: (session, seq) => hear({ op: 'durable', session, seq }),
      refused: (session, seq, _code, expected) => hear({ op: 'refused', session, seq, expected }),
      moved: (channel, into) => hear({ op: 'moved', channel, into }),
      erased: (channel) => hear({ op: 'erased', channel }),
    };
  }
}
