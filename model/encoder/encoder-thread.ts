import { Worker } from 'node:worker_threads';
import { silenceTelemetry } from '../onnx/onnx-session.js';
import type { EncodedItem, EncoderReply, EncoderStart, PlacingModel } from './encoder-messages.js';
import type { MeaningHits } from './meaning-index.js';

/** Questions that the thread has not answered, those that nobody waits for any more included; a further one is refused at once. */
export const ASKS_WAITING_MAX = 64;

/** Who hears of the thread. */
export interface EncoderListener {
  readonly ready: (reply: Extract<EncoderReply, { op: 'ready' }>) => void;
  readonly taken: (reply: Extract<EncoderReply, { op: 'taken' }>) => void;
  readonly placing: (model: number) => void;
  readonly linked: (reply: Extract<EncoderReply, { op: 'linked' }>) => void;
  /** It is over, by itself; nothing is answered any more. */
  readonly failed: (error: Error) => void;
}

interface Ask {
  /** Called once; a promise takes no second answer. */
  readonly answer: (hits: MeaningHits | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

/** An encoder in a thread of its own, of the lowest priority. Everything is asked for, and nothing waits for it. */
export class EncoderThread {
  readonly #worker: Worker;
  readonly #listener: EncoderListener;
  readonly #asks = new Map<number, Ask>();
  #nextId = 0;
  #isOver = false;
  #hasExited = false;

  constructor(start: EncoderStart, listener: EncoderListener) {
    silenceTelemetry();
    this.#listener = listener;
    this.#worker = new Worker(new URL('./encoder-worker.js', import.meta.url), {
      workerData: start,
      name: 'encoder',
    });
    this.#worker.on('message', (reply: EncoderReply) => this.#hear(reply));
    this.#worker.once('error', (error) => this.#end(error));
    this.#worker.once('exit', () => (this.#hasExited = true));
    this.#worker.once('exit', (code) => this.#end(new Error(`the encoder's thread ended with code ${code}`)));
  }

  /** At most `ITEMS_A_MESSAGE`; the next ones when these are `taken`. */
  give(items: readonly EncodedItem[]): void {
    this.#worker.postMessage({ op: 'items', items });
  }

  /** Asks what leads from these items to other kinds; at most `ITEMS_A_MESSAGE`, the next ones when these are `linked`. */
  link(items: readonly number[]): void {
    this.#worker.postMessage({ op: 'link', items });
  }

  use(number: number, model: PlacingModel | null): void {
    this.#worker.postMessage({ op: 'model', number, model });
  }

  /**
   * The `count` items nearest to a text by meaning; undefined when that is not known within `waitMs`, or when `ASKS_WAITING_MAX`
   * others wait. What comes later is still cached.
   */
  ask(text: string, count: number, waitMs: number): Promise<MeaningHits | undefined> {
    if (this.#isOver || this.#asks.size >= ASKS_WAITING_MAX) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((answer) => {
      const timer = setTimeout(() => answer(undefined), waitMs);
      this.#asks.set(id, { answer, timer });
      this.#worker.postMessage({ op: 'ask', id, text, count });
    });
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    for (const id of this.#asks.keys()) this.#settle(id, undefined);
    if (this.#hasExited) return;
    const exit = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage({ op: 'stop' });
    await exit;
  }

  #hear(reply: EncoderReply): void {
    if (reply.op === 'answer') this.#settle(reply.id, reply.hits);
    else if (reply.op === 'failed') this.#end(new Error(reply.reason));
    else if (this.#isOver) return;
    else if (reply.op === 'placing') this.#listener.placing(reply.model);
    else if (reply.op === 'linked') this.#listener.linked(reply);
    else if (reply.op === 'ready') this.#listener.ready(reply);
    else this.#listener.taken(reply);
  }

  #settle(id: number, hits: MeaningHits | undefined): void {
    const ask = this.#asks.get(id);
    if (ask === undefined) return;
    this.#asks.delete(id);
    clearTimeout(ask.timer);
    ask.answer(hits);
  }

  #end(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const id of this.#asks.keys()) this.#settle(id, undefined);
    this.#listener.failed(error);
  }
}
