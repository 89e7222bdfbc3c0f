import { Worker } from 'node:worker_threads';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { MarketQuestion, MarketReport } from './market-report.js';
import type { SharedMarket } from './shared-market.js';

/** Questions that wait for the thread; a further one is refused. */
export const MARKET_ASKS_MAX = 8;

/** What the thread is started with. */
export interface MarketStart {
  readonly market: SharedMarket;
  readonly catalogue: SharedCatalogue;
}

interface Ask {
  readonly answer: (report: MarketReport) => void;
  readonly fail: (error: Error) => void;
}

/** Works out what the market did in a thread of low priority, which starts with the first question; answers come in their order. */
export class MarketThread {
  readonly #start: MarketStart;
  readonly #asks: Ask[] = [];
  #worker: Worker | undefined;

  constructor(start: MarketStart) {
    this.#start = start;
  }

  /** Undefined when too many questions wait. Rejects when the thread ends; the next question starts another. */
  ask(question: MarketQuestion): Promise<MarketReport> | undefined {
    if (this.#asks.length >= MARKET_ASKS_MAX) return undefined;
    const worker = (this.#worker ??= this.#open());
    worker.postMessage(question);
    return new Promise((answer, fail) => this.#asks.push({ answer, fail }));
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const worker = new Worker(new URL('./market-worker.js', import.meta.url), {
      workerData: this.#start,
      name: 'market',
    });
    worker.unref();
    worker.on('message', (report: MarketReport) => this.#asks.shift()?.answer(report));
    worker.once('error', (error) => this.#end(error));
    worker.once('exit', (code) => this.#end(new Error(`the market's thread ended with code ${code}`)));
    return worker;
  }

  #end(error: Error): void {
    this.#worker = undefined;
    for (const { fail } of this.#asks.splice(0)) fail(error);
  }
}
