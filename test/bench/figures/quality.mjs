// What the lists are worth, for test/bench/bench.mjs: a replay of recorded shoppers, the offline evaluation, the literature. And the
// documents: what docs/BENCHMARKS.md and README.md show of all figures.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { figuresTable, filled, limitTable, places, shown, table } from './document.mjs';

const root = resolve(import.meta.dirname, '../../..');
const RESULTS = join(root, 'docs/benchmarks');
const EVALUATION_PICTURE = 'docs/images/evaluate.svg';
const SOURCE = 'model/bundles/demo/source';

const read = (name) => JSON.parse(readFileSync(join(RESULTS, `${name}.json`), 'utf8'));
function save(name, result) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
const run = (entry, args) =>
  execFileSync(process.execPath, ['run.mjs', entry, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });

/** Runs `measure` against a fresh gateway; resolves to its answer. */
async function withGateway(measure) {
  const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-bench-'));
  const env = {
    ...process.env,
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_LOG_LEVEL: 'warn',
  };
  const gateway = spawn(process.execPath, ['run.mjs', 'gateway/main'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => gateway.once('exit', resolve));
  try {
    const ready = JSON.parse(String(await new Promise((resolve) => gateway.stdout.once('data', resolve))));
    return await measure(ready.url);
  } finally {
    gateway.kill('SIGTERM');
    await exited;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** `npm run replay` of the demo shop. */
export async function replay() {
  const json = join(tmpdir(), `afterclick-replay-${process.pid}.json`);
  const files = ['--events', `${SOURCE}/events.tsv.gz`, '--items', `${SOURCE}/items.tsv.gz`];
  const measure = (url) => {
    run('loadtest/replay', ['--url', url, '--json', json, ...files]);
    return JSON.parse(readFileSync(json, 'utf8'));
  };
  save('replay', await withGateway(measure));
}

/** `npm run evaluate` of the demo bundle. */
export async function evaluate() {
  run('shards/learning/evaluate', [
    '--json',
    join(RESULTS, 'evaluate.json'),
    '--picture',
    EVALUATION_PICTURE,
  ]);
}

/** Diginetica is read from beside the project and neither it nor a model of it is kept in it, so this is not measured unless named. */
const DIGINETICA = '../shared/data/diginetica';
const SEEDS = [1, 2, 3];
const LITERATURE_METHODS = ['VMIS-kNN', 're-ranker without model', 'network', 'afterclick'];

/** Three seeds on Diginetica, an hour; bundles in the temporary folder are used again. */
export async function literature() {
  const folder = join(tmpdir(), 'afterclick-literature');
  const runs = SEEDS.map((seed) => {
    const bundle = join(folder, `${seed}`);
    const json = join(folder, `${seed}.json`);
    if (!existsSync(join(bundle, 'manifest.json')))
      run('shards/learning/train', ['--data', DIGINETICA, '--out', bundle, '--seed', `${seed}`]);
    run('shards/learning/evaluate', ['--bundle', bundle, '--data', DIGINETICA, '--json', json]);
    const { methods, questions } = JSON.parse(readFileSync(json, 'utf8'));
    const { training } = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
    return { seed, questions, trainingSeconds: training.seconds, methods };
  });
  save('literature', runs);
}

const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));

function replayTable() {
  const { result, ...rest } = read('replay');
  const names = Object.keys(result.hitRates[0].rates);
  const rows = result.hitRates.map(({ scope, clicks, rates }) => [
    scope,
    clicks,
    ...names.map((name) => `${(100 * rates[name]).toFixed(1)} %`),
    (rates['pushed list'] / rates['session + global']).toFixed(1),
    (rates['pushed list'] / rates['item to item']).toFixed(2),
  ]);
  const head = ['hit rate@20', 'clicks', ...names, 'pushed ÷ session + global', 'pushed ÷ item to item'];
  const { events, eventsPerSec, missingLists, clickToList } = result;
  return `${table(head, rows)}\n\n${events} events at ${eventsPerSec.toFixed(0)}/s, ${missingLists} without a list; click to list p50 ${ms(clickToList.p50)} ms, p99 ${ms(clickToList.p99)} ms. ${placeOf(rest)}`;
}

function evaluationTables() {
  const { methods, intervals, comparison, questions, sessions, data, protocol, tuning } = read('evaluate');
  const cell = (value) => value ?? '–';
  const rowsOf = (columns) =>
    Object.entries(methods).map(([name, figures]) => [
      name,
      ...columns.map((column) => cell(figures[column])),
    ]);
  const range = ([low, high]) => `${low} to ${high}`;
  const accuracy = Object.entries(methods).map(([name, figures]) => [
    name,
    ...['recall@20', 'mrr@20'].map((metric) => `${figures[metric]} (${range(intervals[name][metric])})`),
    ...['ndcg@20', 'recall@10', 'recall@5', 'auc', 'µs/query', 'µs/query single'].map((c) =>
      cell(figures[c]),
    ),
  ]);
  const beyond = ['coverage@20', 'gini@20', 'popularity@20', 'diversity@20'];
  const against = ['recall@20', 'mrr@20'].map(
    (metric) =>
      `${metric} ${comparison.ratio[metric].value} times (${range(comparison.ratio[metric].interval)}), ${comparison.difference[metric].value} points (${range(comparison.difference[metric].interval)})`,
  );
  return [
    table(
      ['method', 'Recall@20 %', 'MRR@20 %', 'NDCG@20', 'Recall@10', 'Recall@5', 'AUC', 'µs a query', 'alone'],
      accuracy,
    ),
    `![Recall@20 and MRR@20 of all methods](images/${EVALUATION_PICTURE.split('/').at(-1)})`,
    table(['method', 'coverage@20 %', 'Gini@20 %', 'popularity@20 %', 'diversity@20 %'], rowsOf(beyond)),
    `${data}, ${protocol}: ${sessions} sessions, ${questions} questions. In brackets 95 % confidence. ${comparison.method} against ${comparison.baseline}: ${against.join('; ')}. VMIS-kNN as tuned: ${Object.entries(
      tuning,
    )
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}. The definitions are in [decision 0014](decisions/0014-evaluation.md).`,
  ].join('\n\n');
}

/** Published on the same split: SR-GNN (AAAI'19), COTREC (CIKM'21), GCE-GNN (SIGIR'20). */
const PUBLISHED = [
  ['SR-GNN, published', 50.73, 17.59],
  ['COTREC, published', 54.18, 19.07],
  ['GCE-GNN, published', 54.22, 19.04],
];

function literatureTable() {
  const runs = read('literature');
  const rows = LITERATURE_METHODS.map((method) => [method, ...meanOf(runs, method)]);
  const seconds = runs.map(({ trainingSeconds }) => (trainingSeconds / 60).toFixed(0));
  const head = ['method', 'Recall@20 %', 'MRR@20 %', 'each seed'];
  return `${table(head, [...PUBLISHED.map((row) => [...row, '–']), ...rows])}\n\n${runs[0].questions} test instances, mean of ${runs.length} seeds; minutes of training by the clock: ${seconds.join(', ')}.`;
}

/** Mean Recall@20 and MRR@20 of a method, and the figures of each seed. */
function meanOf(runs, method) {
  const figures = runs.map(({ methods }) => [methods[method]['recall@20'], methods[method]['mrr@20']]);
  const mean = (place) => (figures.reduce((sum, pair) => sum + pair[place], 0) / runs.length).toFixed(2);
  return [mean(0), mean(1), figures.map((pair) => pair.join(' / ')).join(', ')];
}

/** Where a replay was made. */
function placeOf({ environment: { at, node, cpu, cores, commit } }) {
  return `${at.slice(0, 10)}, ${cpu}, ${cores} cores shared by gateway, shard and generator, Node ${node.slice(1)}${commit ? `, commit ${commit.slice(0, 12)}` : ''}.`;
}

const missing = 'Not measured yet: `npm run bench`.';

function speedTable(rows, baseline) {
  return Object.keys(rows).length === 0 ? missing : `${figuresTable(rows, baseline)}\n\n${places(rows)}`;
}

/** Rows of the README's table, of what was measured. */
function summary(rows) {
  const speed = [
    ['canonical', 'highest rate of clicks on one core, lists pushed and acks on disk, p99 ≤ 10 ms', '/s'],
    ['limit', 'of what the parts it is made of allow', '%'],
    ['p50', 'click to list at 1,000 clicks/s, p50', 'ms'],
    ['p99', 'click to list at 1,000 clicks/s, p99', 'ms'],
    ['resident', 'resident after the highest rate, 100,000 items', 'MiB'],
    ['start-demo', 'start to ready, demo bundle', 's'],
  ].flatMap(([name, what, unit]) =>
    rows[name] === undefined ? [] : [[what, `${shown(rows[name].value)} ${unit}`]],
  );
  const { methods, questions } = read('evaluate');
  const after = read('replay').result.hitRates.find(({ scope }) => scope === 'after the model was trained');
  const percent = (name) => `${(100 * after.rates[name]).toFixed(1)} %`;
  const times = (after.rates['pushed list'] / after.rates['session + global']).toFixed(1);
  const quality = [
    [
      'hit rate@20 of the replay, after the training cut',
      `${percent('pushed list')}; session + global popularity ${percent('session + global')} (${times} times less), item to item ${percent('item to item')}`,
    ],
    [
      `Recall@20 / MRR@20 of ${questions} held-out questions`,
      `${methods.afterclick['recall@20']} / ${methods.afterclick['mrr@20']} %; tuned VMIS-kNN ${methods['VMIS-kNN']['recall@20']} / ${methods['VMIS-kNN']['mrr@20']} %`,
    ],
  ];
  const where = Object.keys(rows).length === 0 ? '' : `${places(rows)} `;
  return `${table(['what', 'figure'], [...speed, ...quality])}\n\n${where}Commands: \`npm run bench\`, \`npm run replay\` and \`npm run evaluate\`.`;
}

/** The documents as the saved figures make them, by path: `rows` of speed by name, and what quality was measured. */
export function documents(rows, baseline) {
  const [benchmarks, readme] = ['docs/BENCHMARKS.md', 'README.md'].map((name) => join(root, name));
  return {
    [benchmarks]: filled(benchmarks, {
      '': speedTable(rows, baseline),
      limit: rows.limit === undefined ? missing : limitTable(rows.limit),
      evaluation: evaluationTables(),
      literature: literatureTable(),
      replay: replayTable(),
    }),
    [readme]: filled(readme, { '': summary(rows) }),
  };
}
