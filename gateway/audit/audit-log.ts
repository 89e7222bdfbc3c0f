import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import {
  makeFolderDurably,
  removeFileDurably,
  syncFile,
  syncFolder,
} from '../../metrics/process/durable-files.js';
import type { Log } from '../../metrics/process/log.js';
import {
  AUDIT_FILE_BYTES,
  AUDIT_FILES_KEPT,
  auditFileName,
  auditFileNumbers,
  linesOf,
  type ChainEnd,
} from './audit-files.js';
import { type AuditedAct, NO_HASH, openLine, sealLine } from './audit-line.js';
import type { AuditTrail } from './audit-trail.js';
import { BoundedActs } from './bounded-acts.js';

/** Acts that wait for the disk; more are counted and told of by the next line. */
export const AUDIT_WAITING_MAX = 1_000;
const KEY_FILE = 'pseudonyms.key';
const KEY_BYTES = 32;
/** Bytes of a pseudonym that are written, as letters of base64url. */
const PSEUDONYM_BYTES = 16;

interface Waiting {
  readonly act: AuditedAct;
  readonly atMs: number;
  readonly done: () => void;
}

/** Where an audit log is kept, and how much of it. */
export interface AuditPlan {
  readonly folder: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
  readonly fileBytes?: number;
}

/**
 * Who did what, in files that only grow: JSON lines, each bound to the one before by a hash (`audit-line.ts`). What waits is written
 * and synced together, in the order of the calls.
 *
 * Bounds: files of 8 MiB, the newest 32 of them; 1,000 acts that wait.
 * Failure: a disk that takes nothing is told of in the log, and the acts are counted in the next line: no shop stands still because
 * its audit does. What a crash has cut off is taken out at the next start, which says so in a line.
 */
export class AuditLog implements AuditTrail {
  readonly #plan: AuditPlan;
  readonly #key: Buffer;
  #number: number;
  #file: FileHandle | undefined;
  #bytes = 0;
  #last: ChainEnd;
  #waiting: Waiting[] = [];
  #lost = 0;
  readonly #bounded: BoundedActs;
  #isWriting = false;
  /** Of the last batch. */
  #written: Promise<void> = Promise.resolve();

  private constructor(plan: AuditPlan, key: Buffer, number: number, last: ChainEnd) {
    this.#plan = plan;
    this.#key = key;
    this.#number = number;
    this.#last = last;
    this.#bounded = new BoundedActs(plan.clock);
  }

  /** Opens the files of a folder, or begins. Rejects when the system refuses. */
  static async open(plan: AuditPlan): Promise<AuditLog> {
    const { folder } = plan;
    await makeFolderDurably(folder);
    const key = await pseudonymKey(folder);
    const number = auditFileNumbers(folder).at(-1) ?? 1;
    const { last, torn } = lastOf(folder, number);
    const log = new AuditLog(plan, key, number, last);
    await log.#begin(number);
    if (torn > 0)
      await log.note({ who: {}, what: 'audit.torn', result: `${torn} bytes that a crash had cut off` });
    return log;
  }

  /** The line written last. */
  get head(): ChainEnd {
    return this.#last;
  }

  pseudonymOf(name: string): string {
    const mac = createHmac('sha256', this.#key).update(name).digest();
    return mac.subarray(0, PSEUDONYM_BYTES).toString('base64url');
  }

  note(act: AuditedAct): Promise<void> {
    if (this.#waiting.length >= AUDIT_WAITING_MAX) {
      this.#lost++;
      return Promise.resolve();
    }
    return new Promise((done) => {
      this.#waiting.push({ act, atMs: this.#plan.clock.nowMs(), done });
      if (!this.#isWriting) this.#written = this.#writeAll();
    });
  }

  noteSome(act: AuditedAct): void {
    const taken = this.#bounded.take(act);
    if (taken !== undefined) void this.note(taken);
  }

  /** Resolves when all that was noted is on the disk. */
  async stop(): Promise<void> {
    await this.#written;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#write(batch);
      } catch (error) {
        this.#lost += batch.length;
        this.#plan.log.error(
          { err: error, acts: batch.length },
          'acts could not be written to the audit file',
        );
        await this.#takeBack();
      }
      for (const { done } of batch) done();
    }
    // At once: who was just told may note the next act before anybody else has a turn.
    this.#isWriting = false;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    let end = this.#last;
    let text = '';
    const lost = this.#lost;
    for (const [i, { act, atMs }] of batch.entries()) {
      const told = i === 0 && lost > 0 ? { ...act, more: lost + (act.more ?? 0) } : act;
      const line = sealLine(told, end.n + 1, end.hash, atMs);
      text += `${line.text}\n`;
      end = { n: end.n + 1, hash: line.hash };
    }
    if (this.#bytes >= (this.#plan.fileBytes ?? AUDIT_FILE_BYTES)) await this.#rotate();
    await this.#file?.appendFile(text);
    await this.#file?.datasync();
    this.#bytes += Buffer.byteLength(text);
    this.#last = end;
    this.#lost -= lost;
  }

  async #rotate(): Promise<void> {
    const { folder } = this.#plan;
    await this.#file?.close();
    await this.#begin(this.#number + 1);
    for (const number of auditFileNumbers(folder).slice(0, -AUDIT_FILES_KEPT))
      await removeFileDurably(join(folder, auditFileName(number)));
  }

  /** Goes on in the file of that number. When the system refuses, the number is the next one still: a gap would read as a file taken away. */
  async #begin(number: number): Promise<void> {
    const { folder } = this.#plan;
    this.#file = await open(join(folder, auditFileName(number)), 'a', 0o600);
    this.#number = number;
    this.#bytes = (await this.#file.stat()).size;
    await syncFolder(folder);
  }

  /** What a failed write has left behind the last whole line is taken out. */
  async #takeBack(): Promise<void> {
    try {
      await this.#file?.truncate(this.#bytes);
    } catch (error) {
      this.#plan.log.error({ err: error }, 'the audit file could not be mended; the next start does it');
    }
  }
}

/** The last whole line of a file, and how many bytes behind it were taken out. */
function lastOf(folder: string, number: number): { readonly last: ChainEnd; readonly torn: number } {
  const path = join(folder, auditFileName(number));
  const none = { n: 0, hash: NO_HASH };
  if (!existsSync(path)) return { last: none, torn: 0 };
  const bytes = readFileSync(path);
  const { lines, torn } = linesOf(bytes);
  if (torn > 0) truncateSync(path, bytes.length - torn);
  const text = lines.at(-1);
  if (text === undefined)
    return number > 1 && existsSync(join(folder, auditFileName(number - 1)))
      ? { ...lastOf(folder, number - 1), torn }
      : { last: none, torn };
  return { last: openLine(text) ?? { n: Number(/^\{"n":(\d+)/.exec(text)?.[1] ?? 0), hash: NO_HASH }, torn };
}

/** Pseudonyms are the same for as long as the key is there. */
async function pseudonymKey(folder: string): Promise<Buffer> {
  const path = join(folder, KEY_FILE);
  if (existsSync(path)) {
    const key = readFileSync(path);
    if (key.length === KEY_BYTES) return key;
  }
  const made = randomBytes(KEY_BYTES);
  await writeFile(path, made, { mode: 0o600 });
  await syncFile(path);
  return made;
}
