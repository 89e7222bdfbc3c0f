import type { Service } from '../../metrics/process/service-stack.js';
import type { Log } from '../../metrics/process/log.js';
import type { FetchBundle, ModelTaker } from '../../shards/pool/shard-pool.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import type { ModelBoard } from './model-board.js';
import { isSame, type ModelOffer, type ModelReport, type SaidModel } from './said-model.js';

/** The partitions of this node, whose model changes; see `PartitionHost`. */
export interface ModelHost {
  prepare(model: PostedModel): Promise<void>;
  adopt(model: PostedModel): Promise<void>;
  discard(): Promise<void>;
}

/** What agrees, and who carries it out. */
export interface AgreementContext {
  readonly self: string;
  readonly board: ModelBoard;
  readonly host: ModelHost;
  readonly fetch: FetchBundle;
  /** Nodes that may have partitions and are there now, this one among them. */
  readonly present: () => readonly string[];
  /** This node serves with the model from now on. */
  readonly serves: (model: PostedModel) => void;
  readonly log: Log;
}

/** A model that this node has made ready. */
interface Ready {
  readonly number: number;
  readonly offer: ModelOffer;
  readonly posted: PostedModel;
}

const LOOK_MS = 500;
/** An announcement is withdrawn when so many looks in turn have missed the node that made it. */
const MISSES_MAX = 10;

/**
 * Keeps the model of a node that of its cluster, as the board says it: looks there twice a second, makes ready what is announced and says
 * how that went, and serves with what has been decided. An announcement whose node is gone is withdrawn by whoever sees it.
 *
 * Nothing here keeps lists of two models apart: each partition's journal does (`ModelSwap.serveByJournal`). A node that is late serves
 * with the old model where nobody has served with the new one.
 */
export class ModelAgreement implements Service {
  readonly #context: AgreementContext;
  readonly #timer: NodeJS.Timeout;
  #taker: ModelTaker | undefined;
  /** Change of the board that was seen last: a server that is behind shows an older one. */
  #revision = 0;
  #serving: ModelOffer;
  #ready: Ready | undefined;
  /** The last announcement that this node could not follow. */
  #failed = 0;
  /** What the board has not been told yet. */
  #unsaid: ModelReport | undefined;
  /** A model that serves by decision, which a partition of this node could not take yet. */
  #owed: PostedModel | undefined;
  #isCurrent = true;
  /** The look that runs. */
  #looking: Promise<void> | undefined;
  #isHeld = false;
  #isStopped = false;
  #isPreparing = false;
  #misses = 0;

  /** @param serving what this node has started with */
  constructor(context: AgreementContext, serving: ModelOffer) {
    this.#context = context;
    this.#serving = serving;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** False while the cluster has decided for another model than this node has: it takes no partition then. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  get serving(): ModelOffer {
    return this.#serving;
  }

  take(taker: ModelTaker): void {
    this.#taker = taker;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#isStopped = true;
  }

  /** Looks once, unless it is looking; what cannot be done now is the next look's. Does not reject. */
  look(): Promise<void> {
    if (this.#isHeld || this.#isStopped || this.#taker === undefined) return Promise.resolve();
    this.#looking ??= this.#lookOnce(this.#taker)
      .catch((error: unknown) =>
        this.#context.log.warn({ err: error }, 'the model of the cluster could not be followed; tried again'),
      )
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /**
   * Nothing is followed while `work` runs, which changes what the board says. Resolves with undefined, and does not run it, while this node makes another
   * one's model ready.
   */
  async alone<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#isPreparing || this.#isHeld || this.#isStopped) return undefined;
    this.#isHeld = true;
    try {
      await this.#looking;
      return await work();
    } finally {
      this.#isHeld = false;
    }
  }

  /** The cluster has decided for `offer`. Partitions that cannot take it now do later. */
  async adopt(offer: ModelOffer, posted: PostedModel): Promise<void> {
    this.#serving = offer;
    this.#owed = posted;
    this.#ready = undefined;
    this.#context.serves(posted);
    await this.#settleOwed();
  }

  async #lookOnce(taker: ModelTaker): Promise<void> {
    const { said, revision } = await this.#context.board.look();
    if (revision < this.#revision || this.#isHeld) return;
    this.#revision = revision;
    if (!isSame(said.serving, this.#serving)) return this.#catchUp(said, taker);
    await this.#settleOwed();
    await this.#tell();
    if (said.next === null) return this.#drop(taker);
    if (this.#isOrphan(said)) {
      await this.#context.board.say({ ...said, next: null }, revision);
      return;
    }
    const isNew = this.#ready?.number !== said.number && this.#failed !== said.number;
    if (isNew) await this.#prepare(said.number, said.next, taker);
  }

  async #prepare(number: number, offer: ModelOffer, taker: ModelTaker): Promise<void> {
    const { fetch, host, log } = this.#context;
    await this.#drop(taker);
    // From here to the next line nobody else begins to work on the model.
    if (this.#isHeld) return;
    this.#isPreparing = true;
    try {
      const posted = { ...(await taker.prepare(offer.fingerprint, fetch)), number };
      await host.prepare(posted);
      this.#ready = { number, offer, posted };
      this.#unsaid = { number, state: 'ready', why: '' };
    } catch (error) {
      log.warn({ err: error, model: offer.name }, 'a model of the cluster cannot be served here');
      this.#failed = number;
      this.#unsaid = { number, state: 'failed', why: (error as Error).message };
      await this.#discard(taker);
    } finally {
      this.#isPreparing = false;
    }
    await this.#tell();
  }

  async #catchUp({ number, serving, previous }: SaidModel, taker: ModelTaker): Promise<void> {
    const { fetch, log } = this.#context;
    this.#isCurrent = false;
    this.#isPreparing = true;
    try {
      const ready = this.#ready;
      const isReady = ready !== undefined && isSame(ready.offer, serving);
      const posted = isReady ? ready.posted : await taker.prepare(serving.fingerprint, fetch);
      await this.adopt(serving, { ...posted, number: serving.number });
      await taker.serve(
        {
          serving: serving.fingerprint,
          ...(previous !== null && { previous: previous.fingerprint }),
        },
        fetch,
      );
      log.info({ model: serving.name, number }, 'this node serves with the model of the cluster');
      this.#isCurrent = true;
      this.#unsaid = { number, state: 'serving', why: '' };
    } finally {
      this.#isPreparing = false;
    }
    await this.#tell();
  }

  async #drop(taker: ModelTaker): Promise<void> {
    this.#misses = 0;
    if (this.#ready !== undefined) await this.#discard(taker);
  }

  async #discard(taker: ModelTaker): Promise<void> {
    this.#ready = undefined;
    taker.drop();
    await this.#context.host.discard();
  }

  /** Its node has been away for some looks, or has no part in it any more. */
  #isOrphan({ next }: SaidModel): boolean {
    const { present, self } = this.#context;
    const by = next?.by ?? '';
    this.#misses = by !== self && present().includes(by) ? 0 : this.#misses + 1;
    return this.#misses > MISSES_MAX;
  }

  async #settleOwed(): Promise<void> {
    const owed = this.#owed;
    if (owed === undefined) return;
    try {
      await this.#context.host.adopt(owed);
      if (this.#owed === owed) this.#owed = undefined;
    } catch (error) {
      this.#context.log.error(
        { err: error },
        'a partition does not take the model of the cluster; tried again',
      );
    }
  }

  async #tell(): Promise<void> {
    const report = this.#unsaid;
    if (report === undefined) return;
    await this.#context.board.report(this.#context.self, report);
    if (this.#unsaid === report) this.#unsaid = undefined;
  }
}
