import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KilledMark } from '../workload/promise-marks.js';
import { RECORD, textsOf, type LogRecord } from './log-records.js';

/** What became of the calls that a killed process had not come back from, by what is in the folder now. */
export function killedCalls(records: readonly LogRecord[], root: string): KilledMark {
  const open = new Map<bigint, LogRecord>();
  for (const record of records)
    if (record.kind === RECORD.end) open.delete(record.id);
    else if (isCall(record)) open.set(record.id, record);
    else if (record.kind === RECORD.mark && isKilled(record)) open.clear();
  const paths = pathsIn(root);
  const calls = [...open.values()].flatMap((record) => {
    const result = resultOf(record, paths);
    return result === undefined ? [] : [{ id: String(record.id), result }];
  });
  return { m: 'killed', calls };
}

function isCall({ kind }: LogRecord): boolean {
  return (
    kind === RECORD.write || kind === RECORD.truncate || kind === RECORD.rename || kind === RECORD.unlink
  );
}

function isKilled({ bytes }: LogRecord): boolean {
  return (JSON.parse(bytes.toString('utf8')) as { readonly m: string }).m === 'killed';
}

/** Undefined: it has not happened. Of a file that is gone it does not matter. */
function resultOf(record: LogRecord, paths: ReadonlyMap<number, string>): number | undefined {
  if (record.kind === RECORD.rename || record.kind === RECORD.unlink) {
    const [from] = textsOf(record);
    return [...paths.values()].includes(from) ? undefined : 0;
  }
  const path = paths.get(record.inode);
  if (path === undefined) return undefined;
  const content = readFileSync(path);
  if (record.kind === RECORD.truncate) return content.length === record.at ? 0 : undefined;
  const there = content.subarray(record.at, record.at + record.bytes.length);
  let count = 0;
  while (count < there.length && there[count] === record.bytes[count]) count++;
  return count === 0 ? undefined : count;
}

/** By inode. */
function pathsIn(root: string): Map<number, string> {
  const paths = new Map<number, string>();
  for (const { parentPath, name } of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const path = join(parentPath, name);
    paths.set(lstatSync(path).ino, path);
  }
  return paths;
}
