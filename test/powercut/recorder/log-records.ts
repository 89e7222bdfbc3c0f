import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';

/** What a record of `recorder.c` tells of; the numbers are the same there. */
export const RECORD = {
  create: 1,
  write: 2,
  truncate: 3,
  sync: 4,
  mkdir: 5,
  rename: 6,
  unlink: 7,
  mapped: 8,
  unseen: 9,
  send: 10,
  end: 11,
  mark: 12,
} as const;

/** One record. `bytes` is a view of the log. */
export interface LogRecord {
  readonly kind: number;
  /** Of the call; its end has the same. */
  readonly id: bigint;
  /** Of the file or folder, or the number of the connection. */
  readonly inode: number;
  /** Offset, size or result. */
  readonly at: number;
  /** The write is on the disk when it ends (O_DSYNC). */
  readonly isSynced: boolean;
  readonly bytes: Buffer;
}

const HEAD_BYTES = 40;

/** Takes off what a killed process has written of a record: the call that it tells of was not made. */
export function mendLog(path: string): void {
  const log = readFileSync(path);
  let at = 0;
  for (let end = endOfRecord(log, at); end <= log.length && at < log.length; end = endOfRecord(log, at))
    at = end;
  truncateSync(path, at);
}

/** Where the record ends that begins there; beyond the log for one that is not whole. */
function endOfRecord(log: Buffer, at: number): number {
  return at + 4 > log.length ? Infinity : at + 4 + log.readUInt32LE(at);
}

/** All records of a log, in their order. Throws when the log ends within one. */
export function readLog(path: string): LogRecord[] {
  const log = readFileSync(path);
  const records: LogRecord[] = [];
  for (let at = 0; at < log.length;) {
    const end = endOfRecord(log, at);
    if (end > log.length) throw new Error(`${path} ends within a record`);
    records.push({
      kind: log.readUInt32LE(at + 4),
      id: log.readBigUInt64LE(at + 8),
      inode: Number(log.readBigUInt64LE(at + 16)),
      at: Number(log.readBigInt64LE(at + 24)),
      isSynced: log.readBigInt64LE(at + 32) !== 0n,
      bytes: log.subarray(at + HEAD_BYTES, end),
    });
    at = end;
  }
  return records;
}

/** The texts of a record, each of which ends with a zero byte. */
export function textsOf(record: LogRecord): string[] {
  return record.bytes.toString('utf8').split('\0').slice(0, -1);
}

/** Appends marks of the workload to a log that a recorded process writes at the same time. */
export class LogMarks {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
  }

  /** In one write, so that it does not mix with the records of others. */
  append(mark: object): void {
    const text = Buffer.from(JSON.stringify(mark));
    const record = Buffer.alloc(HEAD_BYTES + text.length);
    record.writeUInt32LE(record.length - 4, 0);
    record.writeUInt32LE(RECORD.mark, 4);
    text.copy(record, HEAD_BYTES);
    if (writeSync(this.#file, record) !== record.length) throw new Error('a mark was not written whole');
  }

  close(): void {
    closeSync(this.#file);
  }
}
