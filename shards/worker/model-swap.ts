import { GAUGE } from '../../metrics/table.js';
import { RetiredStates } from './retired-states.js';
import { makeServedModel, type ModelInputs, type ServedModel } from '../shard/served-model.js';
import { loadScorer, type ShardModel } from '../wire/shard-model.js';
import { StateRebuild, type RebuildParts } from './state-rebuild.js';
import { trialRun } from './trial-run.js';

/** Pauses between two bites of work while there is more, and while the rebuilt states only follow the journal. */
const REST_MS = 3;
const FOLLOW_MS = 20;

export interface ModelSwapParts extends RebuildParts {
  /** Carries out a piece of work between two ticks. */
  readonly chore: (work: () => void) => void;
}

/** Why a shard is not ready for a model that another shard could not load. */
const GIVEN_UP = 'the swap was given up';

/** A model whose states are being rebuilt, or wait for their turn. */
interface Wanted {
  readonly inputs: ModelInputs;
  rebuild: StateRebuild | undefined;
  /** Called once: when the rebuilt states have caught up with the journal, or with why they will not. */
  done: ((problem?: string) => void) | undefined;
}

/**
 * How a shard changes its model while it serves. One after the other, in bites between ticks: states that an earlier swap
 * retired are taken over; the new model's states are rebuilt from the journal; when it is adopted, states and lists change
 * hands between two ticks and in one commit. Until then the old model serves and nothing of the new one shows.
 *
 * A store whose states are of another model than the one that serves (the gateway was started with another bundle) is
 * rebuilt in the same way, by the model that serves already: meanwhile a user's state begins again from vectors.
 */
export class ModelSwap {
  readonly #parts: ModelSwapParts;
  #wanted: Wanted | undefined;
  /** Undefined while it is not on the disk what is retired. */
  #retired: RetiredStates | undefined;
  /** Counts what was asked for; what is loaded for an earlier question comes too late. */
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: ModelSwapParts) {
    this.#parts = parts;
    this.#retired = new RetiredStates(parts.built, parts.store, parts.fail);
    parts.stats.gauge(GAUGE.rebuildBehind, 0);
  }

  /** Begins with what the store says is to be done. `vectors` are those of the model that serves. */
  begin(served: ShardModel): void {
    const { built, store } = this.#parts;
    const { tag, scorer } = built.model;
    if (store.statesModel !== tag) {
      if (store.journalEnd === 0 && isEmpty(store.users()))
        built.shard.commits.commit({ states: { op: 'name', model: tag } });
      else this.#rebuildOwn({ tag, scorer, vectors: served.vectors });
    }
    this.#schedule(0);
  }

  /** True while states are rebuilt for the model that serves already. */
  get rebuildsOwn(): boolean {
    return this.#wanted?.inputs.tag === this.#parts.built.model.tag;
  }

  /** See `calls.ts`. `done` gets what went wrong, if anything did. */
  async prepare(model: ShardModel, done: (problem?: string) => void): Promise<void> {
    const asked = ++this.#asked;
    const inputs = await this.#load(model).catch((error: unknown) => problemOf(error));
    if (typeof inputs === 'string') {
      done(inputs);
      return;
    }
    this.#parts.chore(() => {
      if (asked === this.#asked) {
        this.#dropWanted();
        this.#wanted = { inputs, rebuild: undefined, done };
        this.#schedule(0);
      } else {
        done(GIVEN_UP);
        inputs.scorer.close();
      }
    });
  }

  /** See `calls.ts`. Call between flushes. */
  async adopt(model: ShardModel): Promise<void> {
    const { built, store, stats } = this.#parts;
    if (built.model.tag === model.tag) return;
    const rebuild = this.#wanted?.rebuild;
    if (rebuild?.model.tag === model.tag) {
      rebuild.catchUp();
      this.#switchTo(rebuild);
      return;
    }
    // This thread was started again since it had prepared: it serves with states that begin again, and rebuilds them.
    const inputs = await this.#load(model);
    this.#dropWanted();
    built.shard.commits.addStates(built.users.takeChanged(Number.MAX_SAFE_INTEGER));
    built.shard.commits.commit();
    this.#serve(makeServedModel(built.around, inputs, store, stats));
    this.#rebuildOwn(inputs);
    this.#schedule(0);
  }

  /** Gives up a model that was prepared. Call between flushes. */
  discard(served: ShardModel): void {
    this.#asked++;
    this.#dropWanted();
    this.begin(served);
  }

  /** A merge changes this user: what is rebuilt of him does not count any more. */
  setAside(userId: string): void {
    this.#wanted?.rebuild?.setAside(userId);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #load(model: ShardModel): Promise<ModelInputs> {
    const scorer = await loadScorer(model);
    const problem = trialRun(scorer, model.vectors, this.#parts.built.catalogue);
    if (problem === undefined) return { tag: model.tag, scorer, vectors: model.vectors };
    scorer.close();
    throw new Error(problem);
  }

  #rebuildOwn(inputs: ModelInputs): void {
    this.#wanted = { inputs, rebuild: undefined, done: undefined };
    this.#showBehind(this.#parts.store.journalEnd);
  }

  #dropWanted(): void {
    const { built } = this.#parts;
    const scorer = this.#wanted?.inputs.scorer;
    this.#wanted?.done?.(GIVEN_UP);
    this.#noneWanted();
    if (scorer !== undefined && scorer !== built.model.scorer) scorer.close();
  }

  #noneWanted(): void {
    this.#wanted = undefined;
    this.#parts.stats.gauge(GAUGE.rebuildBehind, 0);
  }

  /** At least 1 while a rebuild runs, also when all it has to do is to write. */
  #showBehind(events: number): void {
    this.#parts.stats.gauge(GAUGE.rebuildBehind, Math.max(1, events));
  }

  #schedule(restMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#parts.chore(() => this.#bite()), restMs);
  }

  #bite(): void {
    const { store } = this.#parts;
    const wanted = this.#wanted;
    if (store.hasRetired) {
      this.#retired?.step();
      this.#schedule(REST_MS);
      return;
    }
    if (wanted === undefined) return;
    wanted.rebuild ??= this.#beginRebuild(wanted.inputs);
    wanted.rebuild.step();
    this.#showBehind(store.journalEnd - wanted.rebuild.position);
    if (wanted.rebuild.isCaughtUp) this.#caughtUp(wanted, wanted.rebuild);
    this.#schedule(wanted.rebuild.isCaughtUp ? FOLLOW_MS : REST_MS);
  }

  #beginRebuild(inputs: ModelInputs): StateRebuild {
    const { built, store, fail } = this.#parts;
    // What a crash may have left of an earlier one.
    store.commit({ states: { op: 'clear' } }).catch(fail);
    return new StateRebuild(this.#parts, inputs, built.shard.commits);
  }

  #caughtUp(wanted: Wanted, rebuild: StateRebuild): void {
    if (this.rebuildsOwn) {
      rebuild.catchUp();
      this.#switchTo(rebuild);
      return;
    }
    const { done } = wanted;
    wanted.done = undefined;
    done?.();
  }

  /** One commit: the last changes of the states that served, of those rebuilt, and that these serve from here on. */
  #switchTo(rebuild: StateRebuild): void {
    const { built, store, fail } = this.#parts;
    const { commits } = built.shard;
    commits.addStates(built.users.takeChanged(Number.MAX_SAFE_INTEGER));
    commits.commit({
      rebuilt: rebuild.model.users.takeChanged(Number.MAX_SAFE_INTEGER),
      states: { op: 'adopt', model: rebuild.model.tag },
    });
    keepSessions(built.model, rebuild.model);
    rebuild.adopted();
    this.#noneWanted();
    this.#serve(rebuild.model);
    this.#retired = undefined;
    commits.whenDurable(() => {
      this.#retired = new RetiredStates(built, store, fail);
    });
    this.#schedule(REST_MS);
  }

  #serve(model: ServedModel): void {
    const { built } = this.#parts;
    const { scorer } = built.model;
    built.shard.serve(model);
    if (scorer !== model.scorer) scorer.close();
  }
}

/** Users in the middle of a session stay in it: sessions of the interaction graph are not of any model. */
function keepSessions(from: ServedModel, to: ServedModel): void {
  for (const [userId, slot] of from.users.hot()) {
    const other = to.users.rowOf(userId);
    if (other < 0 || from.graph.slabs.sessionOrder[slot] !== to.graph.slabs.sessionOrder[other]) continue;
    to.graph.slabs.sessionId[other] = from.graph.slabs.sessionId[slot];
  }
}

function isEmpty(rows: Iterable<unknown>): boolean {
  for (const row of rows) return row === undefined;
  return true;
}

function problemOf(error: unknown): string {
  return (error as Error).message;
}
