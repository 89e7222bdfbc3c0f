import { readGraph } from '../disclosure/read-graph.js';
import { nodesOfInterest } from '../graph/communities/nodes-of-interest.js';
import { TUNE } from '../graph/interest-rows.js';
import { readNearestRisk } from '../graph/return-risk.js';
import type { UserGraph } from '../graph/user-graph.js';
import { consentOf, WITHHELD, withheldAfter } from '../graph/user-consent.js';
import type { LiveSlot, LiveUser } from '../live/live-user.js';
import type { SegmentWatch } from '../segments/segment-watch.js';
import type { AskedAttributes, AskedConsent, AskedTune } from '../wire/calls.js';
import type { Commits } from './commits.js';
import { keepAttributes, keepConsent, tuneUser } from './replayed-entry.js';
import type { ShardContext } from './shard-context.js';

const NO_SLOTS: readonly LiveSlot[] = [];

/** What wishes need of the shard. */
interface WishParts {
  readonly commits: Commits;
  readonly segments: Pick<SegmentWatch, 'note'>;
  /** Lists of the round that is being filled: of these slots, or of all of the user's for null. */
  readonly round: { addLists(user: LiveUser, slots: readonly LiveSlot[] | null): void };
}

/** What shoppers say of their interests, of what they allow and of themselves, and their question for their graph. Answered when it is durable. */
export class UserWishes {
  readonly #context: ShardContext;
  readonly #parts: WishParts;

  constructor(context: ShardContext, parts: WishParts) {
    this.#context = context;
    this.#parts = parts;
  }

  tellGraph({ userId }: LiveUser, call: number): void {
    const { model, sink } = this.#context;
    sink.reply({ op: 'graph', call, graph: this.#graphOf(model.users.load(userId)) });
  }

  /** The lists of their slots are due: they know of it. */
  tune(user: LiveUser, { call, interest, value }: AskedTune): void {
    const { model, sink } = this.#context;
    const { commits, round } = this.#parts;
    const row = model.users.load(user.userId);
    const nodes = nodesOfInterest(model.graph.slabs, row, interest);
    if (nodes !== undefined) {
      const kept = value === TUNE.normal ? [] : nodes;
      const entry = { entry: 'tuned', user: user.userId, interest, value, nodes: kept } as const;
      tuneUser(this.#context, entry, commits.addEntry(entry));
    }
    round.addLists(user, null);
    const graph = this.#graphOf(row);
    commits.whenDurable(() => sink.reply({ op: 'graph', call, graph }));
  }

  /** What they see and what was noted of them until now counts for nothing in the lists that follow. */
  consent(user: LiveUser, { call, said }: AskedConsent): void {
    const { clock, model, sink } = this.#context;
    const { commits, round, segments } = this.#parts;
    const before = model.graph.slabs.withheld[model.users.load(user.userId)];
    const withheld = withheldAfter(before, said);
    if (withheld !== before) {
      const entry = { entry: 'consent', user: user.userId, withheld, atMs: clock.nowMs() } as const;
      keepConsent(this.#context, entry, commits.addEntry(entry));
      user.forgetShown();
      segments.note(user.userId);
    }
    round.addLists(user, withheld === before ? NO_SLOTS : null);
    commits.whenDurable(() => sink.reply({ op: 'consent', call, consent: consentOf(withheld) }));
  }

  /** What is said again is no news. Nothing is kept of whoever does not allow it. */
  keepAttributes(user: LiveUser, { call, attributes }: AskedAttributes): void {
    const { model, sink } = this.#context;
    const { commits, round, segments } = this.#parts;
    const { facts, withheld } = model.graph.slabs;
    const row = model.users.load(user.userId);
    if (facts.attributes[row] !== attributes && (withheld[row] & WITHHELD.learn) === 0) {
      const entry = { entry: 'attributes', user: user.userId, attributes } as const;
      keepAttributes(this.#context, entry, commits.addEntry(entry));
      segments.note(user.userId);
    }
    round.addLists(user, NO_SLOTS);
    commits.whenDurable(() => sink.reply({ op: 'done', call }));
  }

  #graphOf(row: number): UserGraph {
    const { clock, model } = this.#context;
    const nowMs = clock.nowMs();
    const risk = readNearestRisk(model.graph.slabs.facts, row, nowMs, model.returns);
    return { ...readGraph(model.graph, row, nowMs), ...(risk !== undefined && { risk }) };
  }
}
