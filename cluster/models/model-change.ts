import { SwapInProgressError } from '../../shards/pool/shard-pool.js';
import { tryAgain } from '../engine/try-again.js';
import type { ModelSource, PostedModel } from '../../shards/wire/posted-model.js';
import type { BundleDepot } from './bundle-depot.js';
import type { AgreementContext, ModelAgreement } from './model-agreement.js';
import type { BoardLook } from './model-board.js';
import { isSame, type ModelOffer, type SaidModel } from './said-model.js';

/** What a change works on. */
export interface ChangeContext extends Pick<AgreementContext, 'self' | 'board' | 'host' | 'present' | 'log'> {
  readonly agreement: ModelAgreement;
  readonly depot: Pick<BundleDepot, 'put' | 'keepOnly'>;
  readonly pause: (ms: number) => Promise<void>;
  /** What all nodes together may take to make a model ready, ms. */
  readonly readyMs: number;
}

const ASK_MS = 100;
/** How long servers that elect their leaders are asked again, and how long the answer to a change waits for nodes that are late, ms. */
const PATIENCE_MS = 30_000;

/**
 * Another model for a whole cluster, on behalf of this node: its bundle goes to the NATS servers, is announced, and made ready by each
 * node that is there. When all of them are ready it is decided, by one write; until then nothing of it shows, and whatever fails withdraws the announcement.
 */
export class ModelChange {
  readonly #context: ChangeContext;

  constructor(context: ChangeContext) {
    this.#context = context;
  }

  /**
   * Resolves when it is decided, and each node that is there serves with it or is late. Rejects when it is not decided, and says which node could not and why; the old
   * one goes on. One at a time in a cluster.
   */
  async make(model: PostedModel, source: ModelSource): Promise<void> {
    const done = await this.#context.agreement.alone(async () => {
      await this.#make(model, source);
      return true;
    });
    if (done === undefined) throw new SwapInProgressError('another node changes the model');
  }

  async #make(model: PostedModel, source: ModelSource): Promise<void> {
    const { agreement, depot, host } = this.#context;
    await this.#put(source);
    const said = await this.#announce({ fingerprint: source.fingerprint, name: model.name, tag: model.tag });
    const { number } = said;
    const posted = { ...model, number };
    // Whoever changed the model before may have removed what was not announced then.
    await this.#put(source);
    try {
      await host.prepare(posted);
      await this.#othersAre('ready', number, this.#context.readyMs);
      await this.#decide(said);
    } catch (error) {
      await this.#withdraw(number);
      await host.discard();
      throw error;
    }
    const { fingerprint } = source;
    await agreement.adopt({ fingerprint, name: model.name, tag: model.tag, number }, posted);
    await this.#tidy(depot).catch(() => undefined);
    await this.#othersAre('serving', number, PATIENCE_MS).catch((error: unknown) =>
      this.#context.log.warn({ err: error }, 'the model has changed, and not all nodes serve with it yet'),
    );
  }

  async #put({ folder, replaced }: ModelSource): Promise<void> {
    const { depot } = this.#context;
    for (const one of [replaced, folder]) if (one !== null) await this.#patiently(() => depot.put(one));
  }

  async #announce(offer: Omit<ModelOffer, 'number'>): Promise<SaidModel> {
    const { agreement, self, board } = this.#context;
    const { said, revision } = await this.#look();
    if (said.next !== null) throw new SwapInProgressError(`${said.next.by} changes it to ${said.next.name}`);
    if (!isSame(said.serving, agreement.serving))
      throw new SwapInProgressError('it has just changed, and this node is not level');
    const number = said.number + 1;
    const announced = { ...said, number, next: { ...offer, number, by: self } };
    if (await this.#patiently(() => board.say(announced, revision))) return announced;
    throw new SwapInProgressError('another node was faster');
  }

  /** Throws when the announcement was withdrawn by somebody else. */
  async #decide(announced: SaidModel): Promise<void> {
    const { board } = this.#context;
    const { number, serving, next } = announced;
    if (next === null) return;
    const { by: _, ...decided } = next;
    const { said, revision } = await this.#look(number);
    const isAnnounced = said.number === number && said.next !== null;
    const words: SaidModel = { version: 1, number, serving: decided, previous: serving, next: null };
    if (isAnnounced && (await this.#patiently(() => board.say(words, revision)))) return;
    throw new Error('another node has withdrawn the change: it did not hear this one for a while');
  }

  async #withdraw(number: number): Promise<void> {
    const { board, depot, log } = this.#context;
    try {
      const { said, revision } = await this.#look(number);
      if (said.number === number && said.next !== null)
        await this.#patiently(() => board.say({ ...said, next: null }, revision));
      await this.#tidy(depot);
    } catch (error) {
      log.warn({ err: error }, 'a change of the model could not be withdrawn; another node does it');
    }
  }

  /** Bundles that serve no more go, but for the one before. */
  async #tidy(depot: ChangeContext['depot']): Promise<void> {
    const { serving, previous, next } = (await this.#look()).said;
    const kept = [serving, previous, next].map((offer) => offer?.fingerprint ?? '');
    await depot.keepOnly(new Set(kept));
  }

  /** Resolves when all other nodes that are there have come so far; those that go away do not count any more. */
  async #othersAre(state: 'ready' | 'serving', number: number, forMs: number): Promise<void> {
    const { pause } = this.#context;
    for (let left = Math.ceil(forMs / ASK_MS); left > 0; left--) {
      const late = await this.#lateNodes(state, number);
      if (late.length === 0) return;
      if (left === 1) throw new Error(`${late.join(', ')}: not ${state} in time`);
      await pause(ASK_MS);
    }
  }

  async #lateNodes(state: 'ready' | 'serving', number: number): Promise<string[]> {
    const { board, present, self } = this.#context;
    const late: string[] = [];
    for (const node of present()) {
      if (node === self) continue;
      // Nobody answers: as good as nothing said.
      const report = await board.reportOf(node).catch(() => undefined);
      const isOf = report?.number === number;
      if (isOf && report.state === 'failed') throw new Error(`${node} cannot serve with it: ${report.why}`);
      if (!isOf || (report.state !== state && report.state !== 'serving')) late.push(node);
    }
    return late;
  }

  /** What the board says since the announcement `number`: a server that is behind is asked again. */
  #look(number = 0): Promise<BoardLook> {
    return this.#patiently(async () => {
      const look = await this.#context.board.look();
      if (look.said.number < number) throw new Error('the server that was asked is behind the others');
      return look;
    });
  }

  /** Servers that elect their leaders are asked again. */
  #patiently<T>(work: () => Promise<T>): Promise<T> {
    return tryAgain(work, { forMs: PATIENCE_MS, pause: this.#context.pause });
  }
}
