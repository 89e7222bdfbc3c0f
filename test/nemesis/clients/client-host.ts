import type { LedgerFile } from './ledger-file.js';

/** What a client of the suite needs of the world. */
export interface ClientHost {
  readonly name: string;
  readonly url: string;
  readonly ledger: LedgerFile;
  /** Integers in 0 … limit − 1. */
  readonly random: (limit: number) => number;
  /** A number that no other event of the run gets. */
  readonly mark: () => number;
}

/** One who sends events and writes down what became of them. */
export interface Client {
  /** Acts at random from now on. */
  go(): void;
  /** Acts no more, but goes on until everything is acknowledged. */
  settle(): void;
  /** What is not acknowledged, in words; '' when all is. */
  readonly unsettled: string;
  end(): void;
}
