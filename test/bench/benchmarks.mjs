// `npm run bench`: measures what docs/BENCHMARKS.md tells, on this machine, and writes the figures there.
//   node test/bench/benchmarks.mjs [click] [knee] [replay] [evaluate]   measures these (all when none is named)
//   node test/bench/benchmarks.mjs literature                          three seeds on Diginetica, an hour; bundles in the temporary folder are used again
//   node test/bench/benchmarks.mjs write                                writes the document from docs/benchmarks/*.json
// Results are JSON with commit, Node, CPU, configuration and seed, one file each.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DOCUMENT = 'docs/BENCHMARKS.md';
const RESULTS = 'docs/benchmarks';
const KNEE_RATES = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000];
const EVALUATION_PICTURE = 'docs/images/evaluate.svg';
const SOURCE = 'model/bundles/demo/source';

const read = (name) => JSON.parse(readFileSync(join(RESULTS, `${name}.json`), 'utf8'));
const save = (name, result) =>
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
const run = (entry, args) =>
  execFileSync(process.execPath, ['run.mjs', entry, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

/** Runs `measure` against a fresh gateway; resolves to its answer and to what the gateway needed. */
async function withGateway(measure) {
  const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-bench-'));
  const env = {
    ...process.env,
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_LOG_LEVEL: 'warn',
  };
  const gateway = spawn(process.execPath, ['run.mjs', 'gateway/main'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => gateway.once('exit', resolve));
  try {
    const ready = JSON.parse(String(await new Promise((resolve) => gateway.stdout.once('data', resolve))));
    const figures = await measure(ready.url);
    return { ...figures, gateway: { startMs: ready.startMs, residentBytes: await residentBytes(ready.url) } };
  } finally {
    gateway.kill('SIGTERM');
    await exited;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function residentBytes(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes ([\d.e+]+)$/m.exec(text)[1]);
}

/** A run of the load generator. It exits with 1 when a list was missing, which past the knee is a finding. */
function loadtest(url, flags) {
  const json = join(mkdtempSync(join(tmpdir(), 'afterclick-load-')), 'result.json');
  try {
    run('loadtest/load', ['--url', url, '--json', json, ...flags]);
  } catch (error) {
    if (error.status !== 1) throw error;
  }
  return JSON.parse(readFileSync(json, 'utf8'));
}

const measurements = {
  click: async () => save('click', await withGateway((url) => loadtest(url, []))),
  knee: async () => {
    const rows = [];
    for (const rate of KNEE_RATES) {
      const flags = ['--rate', `${rate}`, '--connections', '1000', '--seconds', '10'];
      rows.push(await withGateway((url) => loadtest(url, flags)));
      const { achievedPerSec, offeredPerSec, clickToList } = rows.at(-1).result;
      if (achievedPerSec < 0.97 * offeredPerSec || clickToList.p99 > 1_000) break;
    }
    save('knee', rows);
  },
  replay: async () => {
    const json = join(tmpdir(), `afterclick-replay-${process.pid}.json`);
    const files = ['--events', `${SOURCE}/events.tsv.gz`, '--items', `${SOURCE}/items.tsv.gz`];
    const measure = (url) => {
      run('loadtest/replay', ['--url', url, '--json', json, ...files]);
      return JSON.parse(readFileSync(json, 'utf8'));
    };
    save('replay', await withGateway(measure));
  },
  evaluate: () =>
    run('shards/learning/evaluate', [
      '--json',
      join(RESULTS, 'evaluate.json'),
      '--picture',
      EVALUATION_PICTURE,
    ]),
};

/** Diginetica is read from beside the project and neither it nor a model of it is kept in it, so this is not measured unless named. */
const DIGINETICA = '../shared/data/diginetica';
const SEEDS = [1, 2, 3];
const LITERATURE_METHODS = ['VMIS-kNN', 're-ranker without model', 'network', 'afterclick'];

function literature() {
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

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const place = ({ environment: { at, node, cpu, cores, commit } }) =>
  `${at.slice(0, 10)}, ${cpu}, ${cores} cores shared by gateway, shard and generator, Node ${node.slice(1)}${commit ? `, commit ${commit.slice(0, 12)}` : ''}.`;
const percentiles = (name, { p50, p90, p99, p999, max, count }) => [
  name,
  ...[p50, p90, p99, p999, max].map(ms),
  count,
];

const sections = {
  'click-to-list': () => {
    const { result, config, ...rest } = read('click');
    const rows = [
      percentiles('click to list', result.clickToList),
      percentiles('click to ack', result.clickToAck),
      percentiles('sent late by', result.sendLateness),
    ];
    const head = ['ms, at the client', 'p50', 'p90', 'p99', 'p99.9', 'max', 'clicks'];
    const { clicks, missingLists, missingAcks, offeredPerSec, achievedPerSec } = result;
    return `${table(head, rows)}\n\n${config.connections} sessions, ${offeredPerSec.toFixed(0)} clicks/s offered, ${achievedPerSec.toFixed(0)} answered; of ${clicks} clicks ${missingLists} without a list, ${missingAcks} without an ack. ${place(rest)}`;
  },
  stages: () => {
    const rows = read('click').result.stages.map(({ stage, p50, p99, count }) => [
      stage,
      p50.toFixed(3),
      p99.toFixed(3),
      count,
    ]);
    return table(['stage, ms at the server', 'p50', 'p99', 'count'], rows);
  },
  knee: () => {
    const rows = read('knee').map(({ result, config }) => [
      config.rate,
      result.achievedPerSec.toFixed(0),
      ...[result.clickToList.p50, result.clickToList.p99, result.clickToAck.p99].map(ms),
      result.missingLists,
      `${(100 * result.generatorCpuShare).toFixed(0)} %`,
    ]);
    const head = [
      'offered/s',
      'answered/s',
      'list p50 ms',
      'list p99 ms',
      'ack p99 ms',
      'clicks without a list',
      'generator CPU',
    ];
    return `${table(head, rows)}\n\n1,000 sessions, 10 s each, one shard thread. ${place(read('knee')[0])}`;
  },
  'start-and-memory': () => {
    const rows = [
      [
        'start to ready, demo bundle, empty data folder',
        `${(read('click').gateway.startMs / 1_000).toFixed(1)} s`,
      ],
      [
        'resident after the click-to-list run',
        `${(read('click').gateway.residentBytes / 2 ** 20).toFixed(0)} MiB`,
      ],
      [
        'resident after the replay of online-retail',
        `${(read('replay').gateway.residentBytes / 2 ** 20).toFixed(0)} MiB`,
      ],
    ];
    return table(['what', 'figure'], rows);
  },
  evaluation: evaluationTables,
  replay: replayTable,
  literature: literatureTable,
};

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
  return `${table(head, rows)}\n\n${events} events at ${eventsPerSec.toFixed(0)}/s, ${missingLists} without a list; click to list p50 ${ms(clickToList.p50)} ms, p99 ${ms(clickToList.p99)} ms. ${place(rest)}`;
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

/** What the README tells. */
function summary() {
  const { result, config, gateway } = read('click');
  const { clickToList: list, clickToAck: ack, clicks, missingLists } = result;
  const { methods, questions } = read('evaluate');
  const replay = read('replay');
  const after = replay.result.hitRates.find(({ scope }) => scope === 'after the model was trained');
  const percent = (name) => `${(100 * after.rates[name]).toFixed(1)} %`;
  const times = (after.rates['pushed list'] / after.rates['session + global']).toFixed(1);
  const held = read('knee').findLast(({ result: r }) => r.missingLists === 0 && r.clickToList.p99 <= 50);
  const rows = [
    [
      'click to list, ' + config.connections + ' sessions, ' + config.rate + ' clicks/s',
      `p50 ${ms(list.p50)} ms, p99 ${ms(list.p99)} ms; ${missingLists} of ${clicks} clicks without a list`,
    ],
    ['click to ack (on disk)', `p50 ${ms(ack.p50)} ms, p99 ${ms(ack.p99)} ms`],
    ['highest rate measured with p99 within 50 ms', `${held.config.rate} clicks/s`],
    ['start to ready, demo bundle', `${(gateway.startMs / 1_000).toFixed(1)} s`],
    [
      'resident memory after the replay of online-retail',
      `${(replay.gateway.residentBytes / 2 ** 20).toFixed(0)} MiB`,
    ],
    [
      'hit rate@20 of the replay, after the training cut',
      `${percent('pushed list')}; session + global popularity ${percent('session + global')} (${times} times less), item to item ${percent('item to item')}`,
    ],
    [
      `Recall@20 / MRR@20 of ${questions} held-out questions`,
      `${methods.afterclick['recall@20']} / ${methods.afterclick['mrr@20']} %; tuned VMIS-kNN ${methods['VMIS-kNN']['recall@20']} / ${methods['VMIS-kNN']['mrr@20']} %`,
    ],
  ];
  return `${table(['what', 'figure'], rows)}\n\n${place(read('click'))} Commands: \`npm run loadtest\`, \`npm run replay\` and \`npm run evaluate\` as above, or \`npm run bench\` for all.`;
}

/** Puts text between a marker and the end marker of a document. */
function fill(document, marker, block) {
  const old = new RegExp(`${marker}(?:[\\s\\S]*?<!-- end -->)?`);
  const text = readFileSync(document, 'utf8').replace(old, () => `${marker}\n\n${block}\n\n<!-- end -->`);
  writeFileSync(document, text);
}

function writeDocuments() {
  for (const [name, section] of Object.entries(sections))
    fill(DOCUMENT, `<!-- figures: ${name} -->`, section());
  fill('README.md', '<!-- figures -->', summary());
}

const USAGE = `npm run bench -- [${Object.keys(measurements).join('] [')}] [literature] [write]

Measures what docs/BENCHMARKS.md tells on this machine, and writes the figures there and into docs/benchmarks/*.json: those that
are named, without names all but literature (three seeds on Diginetica, an hour). write alone writes the documents from the
figures that are there. Exit code 2 for a name that is none.`;

/** Ends the process where there is nothing to measure. */
function checkArguments(names) {
  if (names.includes('--help') || names.includes('-h')) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const known = [...Object.keys(measurements), 'literature', 'write'];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  process.stderr.write(`${unknown.join(', ')}: no measurement; there are ${known.join(', ')}\n`);
  process.exit(2);
}

checkArguments(process.argv.slice(2));
mkdirSync(RESULTS, { recursive: true });
const named = process.argv.slice(2).filter((name) => name !== 'write');
const wanted = process.argv.includes('write') ? named : named.length > 0 ? named : Object.keys(measurements);
for (const name of wanted) {
  process.stderr.write(`${name} …\n`);
  await (name === 'literature' ? literature() : measurements[name]());
}
writeDocuments();
