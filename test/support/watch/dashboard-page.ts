import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { Dashboard, Panel, PanelDefaults } from './dashboards.js';
import type { Chart, ChartWindow } from './draw-charts.js';
import { inUnit } from './grafana-units.js';
import type { PanelLine } from './panel-series.js';

/** A panel with what it shows. */
export interface FilledPanel {
  readonly panel: Panel;
  readonly lines: readonly PanelLine[];
}

/** Width of a column and height of a line, in pixels, with Grafana's gap of 8. */
const COLUMN = 58;
const LINE = 38;
/** The first colours of Grafana's classic palette. */
const PALETTE =
  '#73bf69 #f2cc0c #8ab8ff #ff780a #f2495c #5794f2 #b877d9 #705da0 #37872d #fade2a #447ebc #c15c17 #890f02'.split(
    ' ',
  );
const COLORS: Readonly<Record<string, string>> = { green: '#73bf69', orange: '#ff9830', red: '#f2495c' };

const STYLE = `body { margin: 0; background: #111217; color: #ccccdc; font: 12px/1.3 sans-serif; position: relative }
.panel { position: absolute; background: #181b1f; border: 1px solid #2c2f36; border-radius: 2px; box-sizing: border-box; display: flex; flex-direction: column }
.title { padding: 6px 8px; font-weight: 600; font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.row { position: absolute; font-size: 15px; line-height: 30px; padding-left: 8px }
.chart { flex: 1; min-height: 0 }
.legend { max-height: 35%; overflow: auto; padding: 0 8px 6px }
.legend span { display: inline-block; margin-right: 12px; white-space: nowrap }
.legend i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 5px; vertical-align: middle }
.value { flex: 1; display: grid; place-items: center; font-size: 32px }`;

/** uPlot's own style. */
function chartStyle(): string {
  const entry = createRequire(import.meta.url).resolve('uplot');
  return readFileSync(join(dirname(entry), 'uPlot.min.css'), 'utf8');
}

/** What runs in the page, as one script. */
async function chartScript(): Promise<string> {
  const entry = fileURLToPath(new URL('draw-charts.ts', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'iife', write: false });
  return outputFiles[0].text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function color(at: number): string {
  return PALETTE[at % PALETTE.length];
}

function stepColor({ thresholds }: PanelDefaults, value: number): string {
  const steps = thresholds!.steps.filter((step) => step.value === null || step.value <= value);
  return COLORS[steps.at(-1)!.color];
}

function valueText({ unit, mappings = [] }: PanelDefaults, value: number): string {
  return mappings[0]?.options[String(value)]?.text ?? inUnit(unit, value);
}

function statBody({ panel, lines }: FilledPanel): string {
  const defaults = panel.fieldConfig!.defaults;
  const value = lines[0]?.points.findLast(([, number]) => Number.isFinite(number))?.[1];
  if (value === undefined) return '<div class="value">No data</div>';
  return `<div class="value" style="color: ${stepColor(defaults, value)}">${escaped(valueText(defaults, value))}</div>`;
}

function chartBody({ panel, lines }: FilledPanel): string {
  if (lines.length === 0) return '<div class="value">No data</div>';
  const names = lines.map(
    ({ name }, at) => `<span><i style="background: ${color(at)}"></i>${escaped(name)}</span>`,
  );
  return `<div class="chart" id="chart-${panel.id}"></div><div class="legend">${names.join('')}</div>`;
}

function panelHtml(filled: FilledPanel): string {
  const { type, title, gridPos } = filled.panel;
  const place = `left: ${gridPos.x * COLUMN + 4}px; top: ${gridPos.y * LINE}px; width: ${gridPos.w * COLUMN - 8}px; height: ${gridPos.h * LINE - 8}px`;
  if (type === 'row') return `<div class="row" style="${place}">${escaped(title)}</div>`;
  const body = type === 'stat' ? statBody(filled) : chartBody(filled);
  return `<div class="panel" style="${place}"><div class="title">${escaped(title)}</div>${body}</div>`;
}

function columnsOf(lines: readonly PanelLine[]): (number | null)[][] {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b);
  const values = lines.map(({ points }) => {
    const byTime = new Map(points);
    return times.map((at) => (Number.isFinite(byTime.get(at)) ? byTime.get(at)! : null));
  });
  return [times, ...values];
}

function chartOf({ panel, lines }: FilledPanel): Chart {
  const { unit, min, max, thresholds, custom } = panel.fieldConfig!.defaults;
  return {
    id: panel.id,
    columns: columnsOf(lines),
    colors: lines.map((_, at) => color(at)),
    isStacked: custom!.stacking.mode === 'normal',
    min: min ?? null,
    max: max ?? null,
    limits: thresholds?.steps.flatMap(({ value }) => value ?? []) ?? [],
    unit,
  };
}

/** Opens a page with a dashboard drawn as Grafana lays it out, 1,400 pixels wide. The caller closes it. */
export async function openDashboard(
  browser: Browser,
  { panels }: Dashboard,
  filled: readonly FilledPanel[],
): Promise<Page> {
  const lines = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const page = await browser.newPage({ viewport: { width: 24 * COLUMN + 8, height: lines * LINE } });
  await page.setContent(
    `<!doctype html><meta charset="utf-8"><style>${chartStyle()}${STYLE}</style>${filled.map(panelHtml).join('')}`,
  );
  await page.addScriptTag({ content: await chartScript() });
  const charts = filled.filter(({ panel, lines: shown }) => panel.type === 'timeseries' && shown.length > 0);
  await page.evaluate((all) => (window as unknown as ChartWindow).drawCharts(all), charts.map(chartOf));
  return page;
}
