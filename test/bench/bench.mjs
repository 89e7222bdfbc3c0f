// `npm run bench`: how fast it is, on this machine. `--help` says how.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfStale } from '../../build.mjs';
import { compare, parentCommit, WORSE_MAX, withBuildOf } from './figures/compare.mjs';
import { PARTS, runParts } from './figures/parts.mjs';
import { figuresTable, place, shown, table } from './figures/document.mjs';
import { CAN_PIN } from './figures/pinned.mjs';
import { GROUPS, ROWS } from './figures/rows.mjs';
import { documents, evaluate, literature, replay } from './figures/quality.mjs';

const root = resolve(import.meta.dirname, '../..');
const FIGURES = join(root, 'docs/benchmarks/figures.json');
const BASELINE = join(import.meta.dirname, 'baseline.json');
const ROUNDS = 5;

/** Figures of quality, which have documents of their own. */
const QUALITY = {
  replay: { what: 'hit rates of a replay of the demo shop', measure: replay },
  evaluate: { what: 'Recall, MRR and their kin of the demo bundle', measure: evaluate },
  literature: { what: 'three seeds on Diginetica, an hour', measure: literature },
};

const names = Object.entries(ROWS).map(
  ([name, { what, isLong }]) => `  ${name.padEnd(17)}${isLong ? '(long) ' : ''}${what}`,
);
const qualities = Object.entries(QUALITY).map(([name, { what }]) => `  ${name.padEnd(17)}(long) ${what}`);
const USAGE = `npm run bench -- [flags]

Without flags: the canonical workload, clicks of 200 connections in long sessions against a built gateway with 100,000 items on a
core of its own, the generator on another. Prints two numbers, the highest clicks/s whose p99 stays within 10 ms and that p99; then
all rows that are not long, as Markdown, and saves them as JSON in docs/benchmarks/figures.json. Half an hour on a quiet machine.

  --rows A,B       these rows alone, long ones too; ${Object.keys(GROUPS).join(', ')}: all that begin so
  --json FILE      saves there instead
  --quick          seconds where the rows take minutes, a small shop, low rates: tells whether all works, saves nothing unless --json
  --parts          what a click costs by parts, in process: codec, graph update, step, candidates, lists, store (below)
  --write-docs     writes docs/BENCHMARKS.md and README.md from the saved figures, behind the rows when --rows names some
  --save-baseline  the saved figures are the new test/bench/baseline.json
  --compare        builds the parent commit (HEAD when files differ from it) in a worktree and runs both by turns; fails with 1 when a
                   ratio got worse by more than ${100 * WORSE_MAX} %. --compare=COMMIT names another one
  --rounds N       pairs of turns of --compare [${ROUNDS}]
  --dist FOLDER    a build to measure; dist, built when it is stale, when absent
  --work FOLDER    where data folders are made, and found again; a temporary one when absent

Parts:
${PARTS.map(({ file, what }) => `  ${file.padEnd(17)}${what}`).join('\n')}

Rows:
${names.join('\n')}
${qualities.join('\n')}

Exit code 1 when a row could not be measured or a comparison failed, 2 for bad arguments.`;

function readArguments() {
  // `--compare` may stand alone.
  const argv = process.argv.slice(2).map((word) => (word === '--compare' ? '--compare=' : word));
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const options = {
    rows: text,
    json: text,
    compare: text,
    rounds: text,
    dist: text,
    work: text,
    quick: flag,
    parts: flag,
    'write-docs': flag,
    'save-baseline': flag,
    help: { ...flag, short: 'h' },
    version: { ...flag, short: 'v' },
  };
  try {
    const { values } = parseArgs({ args: argv, options });
    const unknown = (values.rows === undefined ? [] : namedRows(values.rows)).filter(
      (name) => !(name in ROWS) && !(name in QUALITY),
    );
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no row; --help names them`);
    if (values.rounds !== undefined && !(Number(values.rounds) >= 1))
      throw new Error('--rounds: write a number from 1');
    return values;
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return process.exit(2);
  }
}

/** Rows by their names, and by those of groups. */
function namedRows(names) {
  return names.split(',').flatMap((name) => GROUPS[name] ?? [name]);
}

const readJson = (path, otherwise) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise);
const say = (line) => process.stdout.write(`${line}\n`);

async function environment(dist) {
  const { environment: of } = await import(`${dist}/loadtest/report/environment.js`);
  return of();
}

/** Measures rows one after the other, and saves after each: a long run that is ended keeps what it has. */
async function measure(bench, wanted, save) {
  const results = {};
  let isWhole = true;
  for (const name of wanted) {
    process.stderr.write(`${name} …\n`);
    try {
      if (name in QUALITY) {
        await QUALITY[name].measure();
        continue;
      }
      results[name] = await ROWS[name].measure(bench, results);
      if (name === 'canonical') tellCanonical(results.canonical);
      save(name, results[name]);
    } catch (error) {
      isWhole = false;
      process.stderr.write(`${name} could not be measured: ${error.message}\n`);
    }
  }
  delete results.at1000;
  return { results, isWhole };
}

/** The two numbers. */
function tellCanonical({ value, more }) {
  say(`clicks/s ${value}\np99 ms ${shown(more.p99Ms)}`);
}

function saver(path, about) {
  if (path === undefined) return () => undefined;
  return (name, result) => {
    const saved = readJson(path, { rows: {} });
    saved.rows[name] = { ...result, ...about };
    writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`);
  };
}

async function runCompare(bench, commit, rounds) {
  const against = commit === '' ? parentCommit() : commit;
  return withBuildOf(against, async (oldDist) => {
    const rows = await compare(bench, oldDist, rounds);
    const cells = rows.map((row) => [
      row.what,
      shown(row.old),
      shown(row.new),
      `${row.ratio.toFixed(3)}${row.isWorse ? ' WORSE' : ''}`,
    ]);
    say(table(['what', `old, ${against.slice(0, 12)}`, 'new', `new ÷ old, median of ${rounds}`], cells));
    return rows.some(({ isWorse }) => isWorse) ? 1 : 0;
  });
}

async function run(flags) {
  if (flags['save-baseline'] && flags.rows === undefined && flags.compare === undefined)
    return saveBaseline();
  if (flags['write-docs'] && flags.rows === undefined && flags.compare === undefined) {
    return writeDocuments();
  }
  if (flags.dist === undefined) await buildIfStale();
  const dist = resolve(flags.dist ?? join(root, 'dist'));
  if (flags.parts) return runParts(dist, flags.quick);
  const work =
    flags.work === undefined ? mkdtempSync(join(tmpdir(), 'afterclick-bench-')) : resolve(flags.work);
  for (const name of ['', 'new', 'old']) mkdirSync(join(work, name), { recursive: true });
  if (!CAN_PIN) say('there is no taskset here: nothing is pinned, and server and generator share the cores');
  const bench = { dist, work, quick: flags.quick };
  try {
    if (flags.compare !== undefined)
      return await runCompare(bench, flags.compare, Number(flags.rounds ?? ROUNDS));
    return await runRows(bench, flags);
  } finally {
    if (flags.work === undefined) rmSync(work, { recursive: true, force: true });
  }
}

async function runRows(bench, flags) {
  const usual = Object.keys(ROWS).filter((name) => !ROWS[name].isLong);
  const wanted = flags.rows === undefined ? usual : namedRows(flags.rows);
  const about = { environment: await environment(bench.dist), isPinned: CAN_PIN };
  const path = flags.json ?? (flags.quick ? undefined : FIGURES);
  const { results, isWhole } = await measure(bench, wanted, saver(path, about));
  if (Object.keys(results).length > 0)
    say(`\n${figuresTable(results, readJson(BASELINE, {}))}\n\n${place(about)}`);
  if (flags['write-docs']) writeDocuments();
  if (flags['save-baseline']) saveBaseline();
  return isWhole ? 0 : 1;
}

function writeDocuments() {
  const { rows } = readJson(FIGURES, { rows: {} });
  for (const [path, text] of Object.entries(documents(rows, readJson(BASELINE, {}))))
    writeFileSync(path, text);
  return 0;
}

function saveBaseline() {
  const { rows } = readJson(FIGURES, { rows: {} });
  const values = Object.fromEntries(Object.entries(rows).map(([name, { value }]) => [name, value]));
  writeFileSync(BASELINE, `${JSON.stringify(values, null, 2)}\n`);
  return 0;
}

const flags = readArguments();
if (flags.help) say(USAGE);
else if (flags.version) say(`afterclick ${readJson(join(root, 'package.json')).version}`);
else process.exitCode = await run(flags);
