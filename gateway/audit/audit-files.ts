import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NO_HASH, openLine } from './audit-line.js';

/** Bytes after which another file is begun, and files that are kept. */
export const AUDIT_FILE_BYTES = 8 * 1024 * 1024;
export const AUDIT_FILES_KEPT = 32;

const NAME = /^\d{8}\.jsonl$/;

/** The audit files of a data folder. */
export function auditFolder(dataDir: string): string {
  return join(dataDir, 'audit');
}

export function auditFileName(number: number): string {
  return `${String(number).padStart(8, '0')}.jsonl`;
}

/** Numbers of the files in a folder, oldest first. */
export function auditFileNumbers(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

/** Where a chain of lines has come to. */
export interface ChainEnd {
  /** Of its last line; 0: there is none. */
  readonly n: number;
  readonly hash: string;
}

/** What was found in the audit files. */
export interface AuditFindings extends ChainEnd {
  readonly lines: number;
  /** The first line that is kept; 1 when none was removed. */
  readonly first: number;
  /** The first thing that does not fit; undefined when all does. */
  readonly problem?: string;
  /** Bytes of a last line that a crash cut off; 0: it is whole. */
  readonly tornBytes: number;
}

/**
 * Goes through the chain of all files, oldest first. A last line without its end is what a crash leaves; anything else that does
 * not fit was changed, taken out or put in. That lines were cut off at the end shows by `head`: the hash of a line that was there.
 */
export function readAuditFiles(folder: string, head?: string): AuditFindings {
  const chain = new Chain(head);
  const numbers = auditFileNumbers(folder);
  for (const [i, number] of numbers.entries()) {
    const name = auditFileName(number);
    if (i > 0 && number !== numbers[i - 1] + 1)
      return chain.broken(`${auditFileName(number - 1)} is missing`);
    const { lines, torn } = linesOf(readFileSync(join(folder, name)));
    for (const [at, line] of lines.entries())
      if (!chain.take(line)) return chain.broken(`${name}, line ${at + 1}: ${chain.why}`);
    if (torn === 0) continue;
    if (i < numbers.length - 1) return chain.broken(`${name} ends inside a line, and others follow`);
    return chain.end(torn);
  }
  return chain.end(0);
}

/** Whole lines of a file, and bytes behind the last of them. */
export function linesOf(bytes: Buffer): { readonly lines: readonly string[]; readonly torn: number } {
  const end = bytes.lastIndexOf('\n') + 1;
  const lines = end === 0 ? [] : bytes.toString('utf8', 0, end - 1).split('\n');
  return { lines, torn: bytes.length - end };
}

class Chain {
  readonly #head: string | undefined;
  #last: ChainEnd = { n: 0, hash: NO_HASH };
  #first = 1;
  #lines = 0;
  #hasHead: boolean;
  why = '';

  constructor(head: string | undefined) {
    this.#head = head;
    this.#hasHead = head === undefined;
  }

  /** False when the line is not the next one; `why` says so. */
  take(text: string): boolean {
    const line = openLine(text);
    this.why = line === undefined ? 'it was changed' : this.#misfit(line.n, line.before);
    if (line === undefined || this.why !== '') return false;
    this.#first = this.#lines === 0 ? line.n : this.#first;
    this.#lines++;
    this.#last = { n: line.n, hash: line.hash };
    this.#hasHead ||= line.hash === this.#head;
    return true;
  }

  end(tornBytes: number): AuditFindings {
    if (!this.#hasHead)
      return this.broken(
        `no line has the hash ${this.#head}: the end was cut off, or another chain stands here`,
      );
    return { ...this.#last, lines: this.#lines, first: this.#first, tornBytes };
  }

  broken(problem: string): AuditFindings {
    return { ...this.#last, lines: this.#lines, first: this.#first, problem, tornBytes: 0 };
  }

  /** Of the first line that is kept nobody knows what stood before it, unless it is the first of all. */
  #misfit(n: number, before: string): string {
    if (this.#lines === 0)
      return n === 1 && before !== NO_HASH ? 'it is the first, and names one before it' : '';
    if (n !== this.#last.n + 1)
      return `it is number ${n} after ${this.#last.n}: lines are missing or were put in`;
    return before === this.#last.hash ? '' : 'it does not follow the line before it';
  }
}
