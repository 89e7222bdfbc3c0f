import { HelperProcess } from '../../support/gateway/helper-process.js';
import type { ClientsAnswer, ClientsQuestion } from '../clients/clients-process.js';

const PROCESS = new URL('../clients/clients-process.js', import.meta.url);
/** Clients by process: sockets, one shop's server each, one whose shoppers are erased, and one whose shoppers pass by. */
const NAMES = [
  ['client-1', 'client-2', 'client-3', 'http-4', 'leaving-9', 'passing-11'],
  ['client-5', 'client-6', 'client-7', 'http-8', 'leaving-10', 'passing-12'],
];
/** Longest wait for an answer; settling takes the longest. */
const WAIT_MS = 90_000;

/** All clients, in processes of their own, each with its ledger. A process may be killed: the next one goes on from the ledgers. */
export class Crowd {
  readonly #url: string;
  readonly #ledgers: string;
  readonly #seed: number;
  readonly #processes: HelperProcess[] = [];

  private constructor(url: string, ledgers: string, seed: number) {
    this.#url = url;
    this.#ledgers = ledgers;
    this.#seed = seed;
  }

  /** @param ledgers folder of the ledgers, which exists */
  static async open(url: string, ledgers: string, seed: number): Promise<Crowd> {
    const crowd = new Crowd(url, ledgers, seed);
    for (let number = 0; number < NAMES.length; number++) await crowd.#openProcess(number);
    return crowd;
  }

  async go(): Promise<void> {
    await this.#tell({ ask: 'go' });
  }

  /** What is not acknowledged although there was time enough, in words. */
  async settle(): Promise<string[]> {
    const answers = await this.#tell({ ask: 'settle' });
    return answers.flatMap(({ unsettled }) => unsettled ?? []);
  }

  /** `kill -9` for one of the processes, while its clients act; another one takes its place. */
  async killOne(number: number): Promise<void> {
    this.#processes[number % NAMES.length].end();
    await this.#openProcess(number % NAMES.length);
  }

  end(): void {
    for (const process of this.#processes) process.end();
  }

  async #openProcess(number: number): Promise<void> {
    const process = new HelperProcess(PROCESS);
    this.#processes[number] = process;
    const question: ClientsQuestion = {
      ask: 'open',
      url: this.#url,
      names: NAMES[number],
      ledgers: this.#ledgers,
      seed: this.#seed,
    };
    await process.ask(question, WAIT_MS);
  }

  #tell(question: ClientsQuestion): Promise<ClientsAnswer[]> {
    return Promise.all(this.#processes.map((process) => process.ask<ClientsAnswer>(question, WAIT_MS)));
  }
}
