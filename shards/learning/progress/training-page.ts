import type { BundleManifest } from '../../../model/bundle/bundle-manifest.js';
import { sessionCount, type Dataset } from '../../../model/train/data/dataset.js';
import { escapeHtml, lineChart, type Series } from './line-chart.js';
import type { StageRecord, TrainingLog } from './training-log.js';
import { inWords } from './training-progress.js';

export interface TrainingPageSources {
  readonly manifest: BundleManifest;
  readonly log: TrainingLog;
  readonly dataset: Dataset;
}

/** Figures shown by epoch. */
const VALIDATION_NAMES = /^(recall|mrr)@/;

/** How a training went, as one HTML page that fetches nothing. The same for a seed but for the times. */
export function trainingPage({ manifest, log, dataset }: TrainingPageSources): string {
  const { name, version, createdAt, training, metrics, shape } = manifest;
  const title = `${name}@${version}`;
  const curves = [
    lineChart(
      { title: 'Loss', x: 'step', y: 'nats, mean of about 100 steps' },
      log.stages.filter(hasLoss).map((stage) => series(stage, 1)),
    ),
    lineChart(
      { title: 'Held-back sessions, network alone', x: 'epoch', y: 'percent' },
      log.stages.flatMap(validationSeries),
    ),
    lineChart(
      { title: 'Learning rate of item vectors', x: 'step', y: 'rate' },
      log.stages.filter(hasLoss).map((stage) => series(stage, 2)),
    ),
  ];
  const tables = [
    table('Data', dataFacts(manifest, dataset)),
    table('Bundle', [
      ['items', count(shape.items)],
      ['width', count(shape.width)],
      ['figures of the whole on half of the held-back sessions', figuresText(metrics)],
    ]),
    table('Stages', [
      ...log.stages
        .filter(({ seconds }) => seconds > 0)
        .map((stage) => [stage.name, stageText(stage)] as const),
      ['in all', inWords(training.seconds)],
    ]),
    table(
      'Options',
      Object.entries(training.options).map(([key, value]) => [key, JSON.stringify(value)] as const),
    ),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training of ${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>Training of ${escapeHtml(title)}</h1><p>${escapeHtml(createdAt)}</p>
<section class="curves">${curves.join('\n')}</section>
<section class="tables">${tables.join('\n')}</section></body></html>
`;
}

function hasLoss({ loss }: StageRecord): boolean {
  return loss.length > 0;
}

function series({ name, loss }: StageRecord, column: 1 | 2): Series {
  return { name, points: loss.map((point) => [point[0], point[column]]) };
}

function validationSeries({ validation }: StageRecord): Series[] {
  const names = Object.keys(validation[0]?.figures ?? {}).filter((name) => VALIDATION_NAMES.test(name));
  return names.map((name) => ({
    name,
    points: validation.map(({ epoch, figures }) => [epoch, figures[name] ?? 0]),
  }));
}

type Fact = readonly [name: string, value: string];

function dataFacts({ training }: BundleManifest, dataset: Dataset): Fact[] {
  const { timeMs, start, item } = dataset;
  const sessions = sessionCount(dataset);
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  let repeats = 0;
  for (let s = 0; s < sessions; s++) {
    const clicks = item.subarray(start[s], start[s + 1]);
    repeats += clicks.length - new Set(clicks).size;
  }
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  return [
    ['data', training.data],
    ['SHA-256', training.dataHash.slice(0, 16)],
    ['items', count(dataset.itemIds.length)],
    ['sessions trained on', `${count(training.sessions)} of ${count(sessions)}`],
    ['clicks trained on', `${count(training.events)} of ${count(item.length)}`],
    ['clicks a session', (item.length / Math.max(1, sessions)).toFixed(1)],
    ['clicks on an item of the same session', share(repeats, item.length)],
    ['time', timeMs === null ? 'unknown' : `${day(timeMs[0])} to ${day(timeMs[timeMs.length - 1])}`],
    ['users', dataset.user.some((user) => user >= 0) ? 'known' : 'unknown'],
    ['categories, brands', `${known(dataset.category)}, ${known(dataset.brand)}`],
  ];
}

function known(codes: Int32Array | null): string {
  return codes === null ? 'none' : `of ${count(codes.filter((code) => code >= 0).length)} items`;
}

function stageText({ seconds, steps }: StageRecord): string {
  return steps === 0 ? inWords(seconds) : `${inWords(seconds)}, ${count(steps)} steps`;
}

function figuresText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${value} %`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function table(caption: string, facts: readonly Fact[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table><caption>${escapeHtml(caption)}</caption>${rows.join('')}</table>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --paper: #fff; --soft: #667; --rule: #dde; --c0: #0b62c4; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --paper: #14181f; --soft: #9aa3b2; --rule: #2c3340; --c0: #6aa9ff; --c1: #ff9a62; --c2: #5fd38a; --c3: #c89bff; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } body > p { color: var(--soft); margin-top: 0.2rem; }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 1.5rem; align-items: start; margin: 1.5rem 0; }
figure { margin: 0; } figcaption, caption { font-weight: 600; text-align: left; margin-bottom: 0.4rem; }
.legend { font-weight: 400; font-size: 0.85rem; color: var(--soft); margin-left: 0.6rem; } .key { margin-right: 0.8rem; }
.key i { display: inline-block; width: 1em; height: 3px; vertical-align: middle; margin-right: 0.3em; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--soft); } .x, .axis { text-anchor: middle; } .y { text-anchor: end; dominant-baseline: middle; }
.grid { stroke: var(--rule); } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
${[0, 1, 2, 3].map((i) => `.line-${i} { stroke: var(--c${i}); } .dot-${i} { fill: var(--c${i}); } .key-${i} { background: var(--c${i}); }`).join('\n')}
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th { text-align: left; font-weight: 400; color: var(--soft); vertical-align: top; }
th, td { padding: 0.2rem 0.6rem 0.2rem 0; border-top: 1px solid var(--rule); } td { overflow-wrap: anywhere; }
.none { color: var(--soft); }
`;
