import { beforeEach, expect, test } from 'vitest';
import { FileReserve, FILES_RESERVED } from '../../../../gateway/admission/file-reserve.js';
import { createLog } from '../../../../metrics/process/log.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

/** Files that the process may open, and how many it has. */
let filesMax: number;
let open: number;
/** What the intake was told. */
let told: string[];
let mayResume: boolean;
let stats: ThreadStats;
let reserve: FileReserve;

function outOfFiles(code = 'EMFILE'): Error {
  return Object.assign(new Error(code), { code });
}

beforeEach(() => {
  [filesMax, open, told, mayResume] = [200, 0, [], true];
  stats = ThreadStats.create();
  const files = {
    open: () => {
      if (open >= filesMax) throw outOfFiles();
      return ++open;
    },
    close: () => void open--,
  };
  reserve = new FileReserve({ log: createLog({ level: 'silent' }), stats }, files);
  reserve.guard({
    pause: () => void told.push('pause'),
    resume: () => {
      told.push('resume');
      return mayResume;
    },
  });
});

test('a look costs one file, for a moment', () => {
  reserve.look();
  expect([open, told, reserve.problem]).toEqual([FILES_RESERVED, [], undefined]);
});

test('without a file left nothing connects, the reserve is free for others, and it is told once', () => {
  open = filesMax;
  reserve.look();
  expect(open).toBe(filesMax - FILES_RESERVED);
  reserve.look();
  expect(told).toEqual(['pause']);
  expect(reserve.problem).toMatch(/ulimit -n.*nothing connects/);
  expect(stats.counterValue(COUNTER.listeningPaused)).toBe(1);
});

test('peers connect when the reserve and as many again are free', () => {
  open = filesMax;
  reserve.look();
  open = filesMax - 2 * FILES_RESERVED + 1;
  reserve.look();
  expect([told, open]).toEqual([['pause'], filesMax - 2 * FILES_RESERVED + 1]);
  open = 100;
  reserve.look();
  expect([told, open, reserve.problem]).toEqual([['pause', 'resume'], 100 + FILES_RESERVED, undefined]);
});

test('a port that another process has taken meanwhile is asked for again', () => {
  open = filesMax;
  reserve.look();
  [open, mayResume] = [100, false];
  reserve.look();
  expect(reserve.problem).toBeDefined();
  mayResume = true;
  reserve.look();
  expect([told, reserve.problem]).toEqual([['pause', 'resume', 'resume'], undefined]);
});

test('work that finds no file is done once more, when nobody takes them any more', async () => {
  let tries = 0;
  const work = (): Promise<string> => {
    tries++;
    // Between the look and the work, all are taken.
    if (tries === 1) open = filesMax;
    return open < filesMax ? Promise.resolve('done') : Promise.reject(outOfFiles());
  };
  expect(await reserve.sparing(work)).toBe('done');
  expect(told).toEqual(['pause']);
});

test('work that finds none again, or fails for another reason, fails', async () => {
  let tries = 0;
  const failing = (code: string) => () => {
    tries++;
    return Promise.reject(outOfFiles(code));
  };
  await expect(reserve.sparing(failing('EIO'))).rejects.toThrow('EIO');
  expect(tries).toBe(1);
  await expect(reserve.sparing(failing('ENFILE'))).rejects.toThrow('ENFILE');
  expect(tries).toBe(3);
});

test('nothing is held after the end', () => {
  reserve.stop();
  expect(open).toBe(0);
});
