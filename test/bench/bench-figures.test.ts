import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const HERE = new URL('.', import.meta.url);
const BENCH = fileURLToPath(new URL('bench.mjs', HERE));
const load = (name: string): Promise<unknown> => import(new URL(`figures/${name}.mjs`, HERE).href);

interface Row {
  readonly value: number;
  readonly more?: object;
}
interface Pair {
  readonly clicks: { cpuUs: number; clickToList: { p50: number; p99: number }; clickToAck: { p99: number } };
  readonly calls: { cpuUs: number };
  readonly residentMiB: number;
}

const { allocatedPerSec } = (await load('rows/costs')) as {
  allocatedPerSec: (lines: readonly string[]) => number;
};
const { windowRatio } = (await load('rows/latencies')) as {
  windowRatio: (windows: readonly object[]) => Row;
};
const { ROWS } = (await load('rows')) as {
  ROWS: Readonly<Record<string, { better: string; atLeast: number; aim: number }>>;
};
const { backToNormalSec, figures } = (await load('overload')) as {
  backToNormalSec: (windows: readonly object[], fromSec: number, p99Ms: number) => number;
  figures: (run: object, about: { kept: number; p99Ms: number }) => Row;
};
const { kneeOf } = (await load('load')) as { kneeOf: (knee: object, isQuick?: boolean) => object };
const { ANY_CORE, CAN_PIN, onCore } = (await load('pinned')) as {
  ANY_CORE: string;
  CAN_PIN: boolean;
  onCore: (core: number | string | undefined, command: readonly string[]) => string[];
};
const { PARTS } = (await load('parts')) as { PARTS: readonly { file: string }[] };
const { betterBy, figuresTable, fill, places, shown } = (await load('document')) as {
  places: (rows: Record<string, object>) => string;
  betterBy: (name: string, value: number, other: number) => number;
  figuresTable: (results: Record<string, Row>, baseline: Record<string, number>) => string;
  fill: (text: string, marker: string, block: string) => string;
  shown: (value: number) => string;
};
const { verdicts } = (await load('compare')) as {
  verdicts: (
    pairs: readonly { old: Pair; new: Pair }[],
  ) => { what: string; ratio: number; isWorse: boolean }[];
};
const { documents } = (await load('quality')) as {
  documents: (rows: object, baseline: object) => Record<string, string>;
};

describe('cores', () => {
  test('a command is pinned to a core, or to none when that is said and not when nothing is', () => {
    expect(onCore(ANY_CORE, ['node'])).toEqual(['node']);
    expect(onCore(1, ['node'])).toEqual(CAN_PIN ? ['taskset', '-c', '1', 'node'] : ['node']);
    expect(() => onCore(undefined, ['node'])).toThrow('name a core');
  });
});

describe('rows', () => {
  test('aim higher than they must, whichever way is good', () => {
    for (const { better, atLeast, aim } of Object.values(ROWS))
      expect(better === 'higher' ? aim > atLeast : aim < atLeast).toBe(true);
  });

  test('what was allocated is what each heap grew by between its collections, by the time between them', () => {
    const line = (heap: string, [atMs, before, after]: readonly number[]) =>
      `[77:${heap}]     ${atMs} ms: Scavenge ${before.toFixed(1)} (45.2) -> ${after.toFixed(1)} (46.0) MB, 1.2 / 0.0 ms`;
    const lines = [
      line('0xa1', [1_000, 20, 10]),
      line('0xb2', [1_500, 30, 12]),
      line('0xa1', [2_000, 25, 11]),
      'other',
      line('0xb2', [3_500, 20, 9]),
      line('0xc3', [3_600, 20, 9]),
    ];
    expect(allocatedPerSec(lines)).toBe((25 - 10 + (20 - 12) / 2) * 2 ** 20);
    expect(() => allocatedPerSec(lines.slice(4))).toThrow('measure for longer');
  });

  test('the worst window is told beside the median one, and those without clicks do not count', () => {
    const windows = [2, 3, 90, 4, 3].map((p99) => ({ duePerSec: 10, p99 }));
    expect(windowRatio([...windows, { duePerSec: 0, p99: 0 }])).toMatchObject({ value: 30 });
  });
});

test('a rate search says whose fault it was that no rate held; to try it out the last step will do', () => {
  const step = { ratePerSec: 50, p50: 1, p99: 30, ackP99: 31, failures: 2 };
  expect(() => kneeOf({ end: 'found', steps: [step] })).toThrow(
    'no rate held; of the last step, 50/s: p99 30 ms, 2 failed',
  );
  const late = { ...step, limit: { kind: 'client', why: 'it was late' } };
  expect(() => kneeOf({ end: 'client', steps: [late] })).toThrow(
    'no figure of the server: the generator was late',
  );
  expect(kneeOf({ end: 'client', steps: [late] }, true)).toMatchObject({
    ratePerSec: 50,
    isLowerBound: true,
  });
});

test('each part by itself is a file that is there, and --help names it', () => {
  expect(PARTS.map(({ file }) => existsSync(new URL(file, HERE)))).toEqual(PARTS.map(() => true));
  const help = execFileSync(process.execPath, [BENCH, '--help'], { encoding: 'utf8' });
  for (const { file } of PARTS) expect(help).toContain(file);
});

describe('overload', () => {
  const row = (p99: number) => ({ clickToList: { p99 } });
  const phases = [
    { ...row(31), fromSec: 0, duePerSec: 200, listedPerSec: 150 },
    { ...row(5), fromSec: 20, duePerSec: 50, listedPerSec: 50 },
  ];
  const windows = [31, 30, 12, 8, 4].map((p99, i) => ({ atSec: 18 + i, duePerSec: 50, p99 }));
  const run = { phases, windows, clicks: 1_000, missingAcks: 100, missingLists: 100, shedSeconds: 20 };

  test('tells p99 of what was taken, what was refused, and how soon all is as before', () => {
    const { value, more } = figures(
      { ...run, refused: { overloaded: 90, seq_gap: 10 } },
      { kept: 900, p99Ms: 10 },
    );
    expect(value).toBe(31);
    expect(more).toMatchObject({ refused: 100, unanswered: 0, lostAcknowledged: 0, backToNormalSec: 1 });
    expect(backToNormalSec(windows.slice(0, 3), 18, 10)).toBeNaN();
  });

  test('fails when the journal lacks what was acknowledged, or an acknowledged click had no list', () => {
    expect(() => figures({ ...run, refused: {} }, { kept: 899, p99Ms: 10 })).toThrow('1 of 900 acknowledged');
    const unlisted = { ...run, missingLists: 103, refused: {} };
    expect(() => figures(unlisted, { kept: 900, p99Ms: 10 })).toThrow('3 acknowledged clicks had no list');
  });
});

describe('the table', () => {
  test('says what was reached, and how it is to the baseline, above 1 for better', () => {
    expect(betterBy('canonical', 3_000, 2_000)).toBe(1.5);
    expect(betterBy('p99', 2, 3)).toBe(1.5);
    const text = figuresTable({ canonical: { value: 7_000 }, p99: { value: 2 } }, { p99: 4 });
    expect(text).toMatch(/\| 7,000 \/s \| 6,500 \| 10,000 \| yes \| – \|/);
    expect(text).toMatch(/\| 2 ms \| 5 \| 3 \| aim reached \| 2\.00 \|/);
    expect([0.123456, 12.345, 123.4, 12_345.6].map(shown)).toEqual(['0.123', '12.3', '123', '12,346']);
  });

  test('says that its rows are of several days and commits, and of one where they are', () => {
    const row = (at: string, commit: string) => ({
      environment: { at, commit, node: 'v20.1.0', cpu: 'a cpu', cores: 2 },
      isPinned: true,
    });
    const one = places({ p50: row('2026-01-02T00:00', 'a'), p99: row('2026-01-02T01:00', 'a') });
    expect(one).toMatch(/^2026-01-02, a cpu, 2 cores, .* Node 20\.1\.0, commit a\.$/);
    const two = places({ p50: row('2026-01-02T00:00', 'a'), p99: row('2026-01-03T00:00', 'b') });
    expect(two).toMatch(/^2026-01-03, .* commit b\. .* the oldest is of 2026-01-02/);
  });

  test('goes between its marks, once and again', () => {
    const once = fill('a\n<!-- figures -->\nb', '<!-- figures -->', 'X');
    expect(once).toBe('a\n<!-- figures -->\n\nX\n\n<!-- end -->\nb');
    expect(fill(once, '<!-- figures -->', 'Y')).toBe(once.replace('X', 'Y'));
    expect(() => fill('a', '<!-- figures -->', 'X')).toThrow('there is no <!-- figures -->');
  });

  test('of the documents is what the program writes from the saved figures', () => {
    const saved = (path: string): object => {
      const file = fileURLToPath(new URL(path, HERE));
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
    };
    const { rows = {} } = saved('../../docs/benchmarks/figures.json') as { rows?: object };
    for (const [path, text] of Object.entries(documents(rows, saved('baseline.json'))))
      expect(readFileSync(path, 'utf8'), `${path}: npm run bench -- --write-docs`).toBe(text);
  });
});

describe('a comparison', () => {
  const turn = (cpuUs: number, p99 = 5): Pair => ({
    clicks: { cpuUs, clickToList: { p50: 1, p99 }, clickToAck: { p99: 9 } },
    calls: { cpuUs: 100 },
    residentMiB: 200,
  });

  test('fails when the median of the ratios is more than 15 % worse, and at nothing else', () => {
    const rows = (ratios: readonly number[]) =>
      verdicts(ratios.map((ratio) => ({ old: turn(200), new: turn(200 * ratio, 1) })));
    const worse = (ratios: readonly number[]) =>
      rows(ratios)
        .filter(({ isWorse }) => isWorse)
        .map(({ what }) => what);
    expect(worse([1.1, 1.14, 3])).toEqual([]);
    expect(worse([0.9, 1.2, 1.3])).toEqual(['CPU a click at 1,000/s, µs']);
    expect(worse([0.5, 0.5, 0.5])).toEqual([]);
    expect(rows([1]).find(({ what }) => what === 'click to list p99, ms')?.ratio).toBe(0.2);
  });

  test('a figure that is none is no good one', () => {
    const pair = { old: turn(200), new: turn(Number.NaN) };
    expect(verdicts([pair])[0].isWorse).toBe(true);
  });
});

describe('npm run bench', () => {
  const run = (...args: string[]) => {
    try {
      return {
        code: 0,
        text: execFileSync(process.execPath, [BENCH, ...args], { encoding: 'utf8', stdio: 'pipe' }),
      };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return { code: status, text: stderr };
    }
  };

  test('explains every row', () => {
    const { code, text } = run('--help');
    expect(code).toBe(0);
    for (const name of Object.keys(ROWS)) expect(text).toContain(`  ${name} `);
  });

  test.each([[['--rows', 'p99,nope']], [['--rounds', '0']], [['--colour']], [['p99']]])(
    'refuses %s',
    (args) => {
      expect(run(...args)).toMatchObject({
        code: 2,
        text: expect.stringMatching(/nope: no row|from 1|colour|p99/),
      });
    },
  );
});
