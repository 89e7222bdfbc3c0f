import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { type LedgerLine, parseLedger } from './ledger-line.js';

/** The ledger of one client: lines are on the disk when `sync` returns. */
export class LedgerFile {
  /** What an earlier process of the client wrote. */
  readonly earlier: readonly LedgerLine[];
  readonly #file: number;
  #held = '';

  constructor(path: string) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    this.earlier = parseLedger(text);
    // A line that was cut off must not run into the next.
    if (text !== '') truncateSync(path, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
    this.#file = openSync(path, 'a');
  }

  add(line: LedgerLine): void {
    this.#held += `${JSON.stringify(line)}\n`;
  }

  sync(): void {
    if (this.#held === '') return;
    writeSync(this.#file, this.#held);
    this.#held = '';
    fdatasyncSync(this.#file);
  }

  close(): void {
    this.sync();
    closeSync(this.#file);
  }
}
