import { faultPoint } from '../../metrics/process/fault-point.js';
import { turn } from '../../metrics/process/turn.js';
import { GAUGE } from '../../metrics/table.js';
import { markMixedStates } from './mixed-states.js';
import { RetiredStates } from './retired-states.js';
import { makeServedModel, type TaggedScorer, type ServedModel } from '../shard/served-model.js';
import { returnHeadOf, type PostedModel } from '../wire/posted-model.js';
import { OWN_SCORERS, type ScorerSource } from '../step/scorer-source.js';
import { StateRebuild } from './state-rebuild.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { AdoptedEntry } from '../store/journal-entry.js';
import { trialRun } from '../../model/bundle/trial-run.js';
import { itemVectors } from '../../model/kernel/shared-vectors.js';

/** Pauses between two bites of work while there is more, and while the rebuilt states only follow the journal. */
const REST_MS = 3;
const FOLLOW_MS = 20;

/** States of the model that serves which are written in one bite before a change, and which may be left for its commit. */
const SWEPT_STATES = 32;
const LEFT_STATES = 64;

/** Why a shard is not ready for a model that another shard could not load. */
const GIVEN_UP = 'the swap was given up';

/** A journal that others write says that its states are of a model that this shard does not have. */
export class ForeignModelError extends Error {
  override readonly name = 'ForeignModelError';
}

/** A model whose states are being rebuilt, or wait to be. */
interface Wanted {
  readonly model: TaggedScorer;
  /** See `PostedModel`. */
  readonly number: number;
  rebuild: StateRebuild | undefined;
  /** Called once: when the rebuilt states have caught up with the journal, or with why they will not. */
  done: ((problem?: string) => void) | undefined;
  /** Called when it serves. Set when it is to serve as soon as its states have caught up and the journal says so. */
  serves: (() => void) | undefined;
  /** True when its entry is on its way to the journal: nothing takes it back. */
  isNamed: boolean;
}

/**
 * How a shard changes its model while it serves. The work is done in bites between ticks, one thing after the other. First
 * the states that an earlier swap retired are taken over. Then the new model's states are rebuilt from the journal. When the
 * model is adopted, it serves with these states from the next tick on, by one commit. Until then the old model serves, and
 * nothing of the new one shows.
 *
 * A store whose states are of another model than the one that serves (the gateway was started with another bundle) is
 * rebuilt in the same way, by the model that serves already: meanwhile a user's state begins again from vectors.
 *
 * Where others may go on with the journal at any moment (a cluster), the journal says which model serves: lists of another one leave
 * only when its entry is durable (`serveByJournal`), and a shard that follows the journal changes where that says so (`followTo`).
 */
export class ModelSwap {
  readonly #built: BuiltShard;
  readonly #scorers: ScorerSource;
  /** What was asked for before anybody carries it out. */
  readonly #early: (() => void)[] = [];
  #chore: (work: () => void) => void = (work) => void this.#early.push(work);
  /** Makes new lists of all open slots. */
  #relist: () => void = NOBODY;
  /** Of the model that serves; see `PostedModel`. */
  #number: number;
  /** True while others write the journal. */
  #isFollowing = false;
  #wanted: Wanted | undefined;
  /** What takes over retired states; undefined until the commit that retires them is durable. */
  #retired: RetiredStates | undefined;
  /** Counts what was asked for: a model that has loaded by the time another was asked for comes too late. */
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `number` is that of the model that serves. Does nothing before `lead` or `follow`. */
  constructor(built: BuiltShard, scorers: ScorerSource = OWN_SCORERS, number = 0) {
    this.#built = built;
    this.#number = number;
    this.#scorers = scorers;
    this.#retired = new RetiredStates(built);
    built.context.stats.gauge(GAUGE.rebuildBehind, 0);
  }

  /** From now on others write the journal. `chore` carries out a piece of work while nothing of that is being carried out. */
  follow(chore: (work: () => void) => void): void {
    this.#isFollowing = true;
    this.#carryOutBy(chore);
  }

  /**
   * From now on this shard writes the journal; what it was asked for stays asked for. `chore` carries out a piece of work between two
   * ticks; `relist` makes new lists of all open slots.
   */
  lead(chore: (work: () => void) => void, relist: () => void = NOBODY): void {
    this.#isFollowing = false;
    this.#relist = relist;
    this.#carryOutBy(chore);
    if (this.#wanted !== undefined) this.#schedule(0);
  }

  #carryOutBy(chore: (work: () => void) => void): void {
    this.#chore = chore;
    for (const work of this.#early.splice(0)) chore(work);
  }

  /** See `PostedModel`. */
  get number(): number {
    return this.#number;
  }

  /** What says in the journal which model serves. */
  get entry(): AdoptedEntry {
    return this.#entryOf(this.#built.model, this.#number);
  }

  /** Tags of the models that it serves with, or makes ready. */
  get tags(): number[] {
    const wanted = this.#wanted === undefined ? [] : [this.#wanted.model.tag];
    return [this.#built.model.tag, ...wanted];
  }

  /** Begins with what the store says is still to be done. */
  begin(): void {
    const built = this.#built;
    const { store } = built.context;
    const { tag, scorer, shared: vectors } = built.model;
    if (this.#wanted === undefined && store.statesModel !== tag) {
      if (store.journal.end === 0 && isEmpty(store.users()))
        built.shard.commits.commit({ states: { op: 'name', model: tag } });
      else this.#rebuildOwn({ tag, scorer, vectors });
    }
    this.#schedule(0);
  }

  /** A user is erased: what was rebuilt of them is not written. Call between two ticks. */
  drop(userId: string): void {
    this.#wanted?.rebuild?.model.users.drop(userId);
  }

  /** True while states are rebuilt for the model that serves already. */
  get rebuildsOwn(): boolean {
    return this.#wanted?.model.tag === this.#built.model.tag;
  }

  /** See `calls.ts`. `done` gets what went wrong, if anything did. */
  async prepare(model: PostedModel, done: (problem?: string) => void): Promise<void> {
    const asked = ++this.#asked;
    const loaded = await this.#load(model).catch((error: unknown) => problemOf(error));
    if (typeof loaded === 'string') {
      done(loaded);
      return;
    }
    this.#chore(() => {
      if (asked !== this.#asked || this.#wanted?.isNamed === true) {
        done(GIVEN_UP);
        this.#scorers.close(loaded.scorer);
      } else if (loaded.tag === this.#built.model.tag) {
        // The states are of this model already: there is nothing to rebuild.
        this.#scorers.close(loaded.scorer);
        done();
      } else {
        this.#dropWanted();
        this.#want(loaded, model.number ?? 0, done);
        this.#schedule(0);
      }
    });
  }

  /**
   * Serves with a model as soon as its states are there and its entry in the journal is durable: whoever goes on with the journal after
   * that serves with it too, and nobody did before. `done` gets what went wrong, if anything did.
   */
  serveByJournal(model: PostedModel, done: (problem?: string) => void): void {
    this.#chore(() => {
      const wanted = this.#wanted;
      const number = model.number ?? 0;
      if (this.#number >= number) done();
      else if (this.#built.model.tag === model.tag) this.#count(number, done);
      else if (wanted?.model.tag === model.tag && wanted.number === number) {
        wanted.serves = done;
        this.#schedule(0);
      } else
        void this.prepare(model, (problem) =>
          problem === undefined ? this.serveByJournal(model, done) : done(problem),
        );
    });
  }

  /** The model that serves is the newest again. */
  #count(number: number, done: () => void): void {
    const { commits } = this.#built.shard;
    this.#number = number;
    commits.addEntry(this.entry);
    commits.whenDurable(done);
    commits.commit();
  }

  /**
   * The journal that this shard follows says that from here on its owner serves with another model: so does this shard, unless it
   * has a later one. Call when all of the journal has been carried out. Rejects with a `ForeignModelError` when that model is not at hand.
   */
  async followTo({ tag, number = 0 }: AdoptedEntry): Promise<void> {
    const wanted = this.#wanted;
    if (number <= this.#number) return;
    if (tag === this.#built.model.tag) {
      this.#number = number;
      return;
    }
    if (wanted?.model.tag !== tag)
      throw new ForeignModelError(`the journal is of a model (tag ${tag}) that this node does not have yet`);
    while (this.#built.context.store.hasRetired) {
      this.#retired?.step();
      await turn();
    }
    const rebuild = (wanted.rebuild ??= this.#beginRebuild(wanted.model));
    while (!rebuild.isCaughtUp) {
      rebuild.step();
      await turn();
    }
    this.#number = number;
    this.#switchTo(rebuild, { hasEntry: true });
    wanted.done?.();
  }

  /** See `calls.ts`. Call between two ticks. */
  async adopt(model: PostedModel): Promise<void> {
    const built = this.#built;
    const { store, stats, fail } = built.context;
    const isSame = built.model.tag === model.tag;
    const rebuild = this.#wanted?.rebuild;
    if (!isSame && rebuild?.model.tag === model.tag) {
      rebuild.catchUp();
      this.#switchTo(rebuild, { hasEntry: false });
      return;
    }
    // The same model from other memory goes on with its states. Or this thread was started again since it had prepared: then it
    // serves with states that begin again, and rebuilds them.
    const loaded = await this.#load(model);
    const rebuildsOwn = this.rebuildsOwn || !isSame;
    this.#dropWanted();
    built.shard.commits.addStates(built.users.takeChanged(Number.MAX_SAFE_INTEGER));
    built.shard.commits.commit();
    markMixedStates(store, loaded.tag, fail);
    this.#serve(makeServedModel(built.modelContext, loaded, store, stats));
    if (rebuildsOwn) this.#rebuildOwn(loaded);
    this.#schedule(0);
  }

  /** Gives up a model that was prepared. Call between two ticks. */
  discard(): void {
    if (this.#wanted?.isNamed === true) return;
    this.#asked++;
    this.#dropWanted();
    this.begin();
  }

  /** Journal position from which a rebuild still reads, if one runs: what is there may not be dropped. */
  get readsFrom(): number | undefined {
    return this.#wanted === undefined ? undefined : (this.#wanted.rebuild?.position ?? 0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #load(model: PostedModel): Promise<TaggedScorer> {
    const scorer = await this.#scorers.load(model);
    const problem = trialRun(scorer, itemVectors(model.vectors), this.#built.catalogue.indexCount);
    if (problem === undefined)
      return { tag: model.tag, scorer, vectors: model.vectors, returns: returnHeadOf(model) };
    this.#scorers.close(scorer);
    throw new Error(problem);
  }

  #rebuildOwn(model: TaggedScorer): void {
    this.#want(model, this.#number, undefined);
    this.#showBehind(this.#built.context.store.journal.end);
  }

  #want(model: TaggedScorer, number: number, done: Wanted['done']): void {
    this.#wanted = { model, number, rebuild: undefined, done, serves: undefined, isNamed: false };
  }

  #dropWanted(): void {
    const scorer = this.#wanted?.model.scorer;
    this.#wanted?.done?.(GIVEN_UP);
    this.#noneWanted();
    if (scorer !== undefined && scorer !== this.#built.model.scorer) this.#scorers.close(scorer);
  }

  #noneWanted(): void {
    this.#wanted = undefined;
    this.#built.context.stats.gauge(GAUGE.rebuildBehind, 0);
  }

  /** At least 1 while a rebuild runs, also when all it has to do is to write. */
  #showBehind(events: number): void {
    this.#built.context.stats.gauge(GAUGE.rebuildBehind, Math.max(1, events));
  }

  #schedule(restMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#chore(() => this.#bite()), restMs);
  }

  #bite(): void {
    const { store } = this.#built.context;
    const wanted = this.#wanted;
    if (store.hasRetired) {
      this.#retired?.step();
      this.#schedule(REST_MS);
      return;
    }
    if (wanted === undefined) return;
    wanted.rebuild ??= this.#beginRebuild(wanted.model);
    wanted.rebuild.step();
    faultPoint('swap.rebuilding');
    this.#showBehind(store.journal.end - wanted.rebuild.position);
    if (wanted.rebuild.isCaughtUp && this.#isSwept()) this.#caughtUp(wanted, wanted.rebuild);
    this.#schedule(wanted.rebuild.isCaughtUp ? FOLLOW_MS : REST_MS);
  }

  /** Writes some changed states of the model that serves; true when few are left, so that the change itself is short. */
  #isSwept(): boolean {
    const { shard, users } = this.#built;
    if (users.dirtyCount === 0) return true;
    shard.commits.addStates(users.takeChanged(SWEPT_STATES));
    shard.commits.commit();
    return users.dirtyCount <= LEFT_STATES;
  }

  #beginRebuild(model: TaggedScorer): StateRebuild {
    const { store, fail } = this.#built.context;
    // A crash may have left something of an earlier rebuild.
    store.commit({ states: { op: 'clear' } }).catch(fail);
    return new StateRebuild(this.#built, model);
  }

  #caughtUp(wanted: Wanted, rebuild: StateRebuild): void {
    if (this.rebuildsOwn) {
      rebuild.catchUp();
      this.#switchTo(rebuild, { hasEntry: this.#isFollowing });
      return;
    }
    const { done } = wanted;
    wanted.done = undefined;
    done?.();
    if (wanted.serves !== undefined && !wanted.isNamed) this.#name(wanted, rebuild);
  }

  /** The model's entry goes to the journal; when it is durable the model serves. */
  #name(wanted: Wanted, rebuild: StateRebuild): void {
    const { commits } = this.#built.shard;
    wanted.isNamed = true;
    commits.addEntry(this.#entryOf(rebuild.model, wanted.number));
    commits.whenDurable(() =>
      this.#chore(() => {
        this.#number = wanted.number;
        rebuild.catchUp();
        this.#switchTo(rebuild, { hasEntry: true });
        this.#relist();
        wanted.serves?.();
      }),
    );
    commits.commit();
  }

  /** One commit: the last changes of the states that served, of those rebuilt, and that these serve from here on. */
  #switchTo(rebuild: StateRebuild, { hasEntry }: { readonly hasEntry: boolean }): void {
    const built = this.#built;
    const { commits } = built.shard;
    commits.addStates(built.users.takeChanged(Number.MAX_SAFE_INTEGER));
    if (!hasEntry) commits.addEntry(this.#entryOf(rebuild.model, this.#number));
    commits.commit({
      rebuilt: rebuild.model.users.takeChanged(Number.MAX_SAFE_INTEGER),
      states: { op: 'adopt', model: rebuild.model.tag },
    });
    faultPoint('swap.adopting');
    keepSessions(built.model, rebuild.model);
    rebuild.adopted();
    this.#noneWanted();
    this.#serve(rebuild.model);
    this.#retired = undefined;
    commits.whenDurable(() => {
      this.#retired = new RetiredStates(built);
    });
    commits.commit();
    this.#schedule(REST_MS);
  }

  #entryOf({ tag, scorer }: ServedModel, number: number): AdoptedEntry {
    return { entry: 'adopted', tag, name: scorer.name, ...(number > 0 && { number }) };
  }

  #serve(model: ServedModel): void {
    const { scorer } = this.#built.model;
    this.#built.shard.serve(model);
    if (scorer !== model.scorer) this.#scorers.close(scorer);
  }
}

const NOBODY = (): void => undefined;

/** Users in the middle of a session stay in it: sessions of the interaction graph are not of any model. */
function keepSessions(from: ServedModel, to: ServedModel): void {
  for (const [userId, row] of from.users.hot()) {
    const other = to.users.rowOf(userId);
    if (other < 0 || from.graph.slabs.sessionOrder[row] !== to.graph.slabs.sessionOrder[other]) continue;
    to.graph.slabs.sessionId[other] = from.graph.slabs.sessionId[row];
  }
}

function isEmpty(rows: Iterable<unknown>): boolean {
  for (const row of rows) return row === undefined;
  return true;
}

function problemOf(error: unknown): string {
  return (error as Error).message;
}
