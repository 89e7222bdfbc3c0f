// Turns of a gateway's threads, as turns.c counts them.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Words of 8 bytes of a record: its thread, turns, their time, the longest of them. */
const LONGEST = 8;
const WORDS = 3 + LONGEST;
const BYTES = 8 * WORDS;

/** What a gateway is started with so that its turns are counted. `folder` is the caller's, and so is what is put there. */
export function turnsEnvironment(folder) {
  const library = join(folder, 'turns.so');
  const source = fileURLToPath(new URL('turns.c', import.meta.url));
  execFileSync('cc', ['-O2', '-shared', '-fPIC', source, '-o', library, '-ldl']);
  return { LD_PRELOAD: library, TURNS_FILE: join(folder, 'turns') };
}

/**
 * Turns since the last call, of the gateway's thread and of the shard's, which is the busiest of the others:
 * `{ turns, cpuMs, longestMs }`, the longest first.
 */
export function takeTurns(environment, pid) {
  const file = `${environment.TURNS_FILE}.${pid}`;
  const records = readFileSync(file);
  const threads = [];
  for (let at = 0; at < records.length; at += BYTES) {
    const word = (i) => Number(records.readBigUInt64LE(at + 8 * i));
    if (word(0) === 0) break;
    const longestMs = Array.from({ length: LONGEST }, (_, i) => word(3 + i) / 1_000).sort((a, b) => b - a);
    threads.push({ tid: word(0), turns: word(1), cpuMs: word(2) / 1_000, longestMs });
  }
  forget(file, threads.length);
  const others = threads.filter(({ tid }) => tid !== pid).sort((a, b) => b.turns - a.turns);
  return { gateway: threads.find(({ tid }) => tid === pid), shard: others[0] };
}

function forget(file, threadCount) {
  const open = openSync(file, 'r+');
  for (let i = 0; i < threadCount; i++) writeSync(open, Buffer.alloc(BYTES - 8), 0, BYTES - 8, i * BYTES + 8);
  closeSync(open);
}
