import type { EvaluationReport } from './evaluation-report.js';

const WIDTH = 960;
const MARGIN = 24;
const NAMES_WIDTH = 190;
const HEAD = 84;
const ROW = 34;
const BAR = 20;
const FOOT = 44;
/** Room right of a panel's longest bar for its figure. */
const FIGURE_WIDTH = 64;
const PANEL_GAP = 20;
const PANELS = [
  { metric: 'recall@20', title: 'Recall@20, %' },
  { metric: 'mrr@20', title: 'MRR@20, %' },
];
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - NAMES_WIDTH) / PANELS.length - PANEL_GAP;
const FONT = 'font-family="system-ui, sans-serif"';
const COLOUR = { text: '#1f2933', quiet: '#616e7c', bar: '#a3b8cc', whole: '#0b7285', whisker: '#1f2933' };

/** The report as an SVG picture: a bar for each method with its 95 % interval, a panel for each of Recall@20 and MRR@20. */
export function reportPicture(report: EvaluationReport): string {
  const names = Object.keys(report.methods);
  const height = HEAD + names.length * ROW + FOOT;
  const { bundle, data, protocol, sessions, questions } = report;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(description(report))}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN, 34, `${bundle} on ${data}`, { size: 18, weight: 600 }),
    ...names.map((name, row) =>
      text(MARGIN, middleOf(row) + 5, name, {
        size: 14,
        weight: name === report.comparison.method ? 700 : 400,
      }),
    ),
    ...PANELS.flatMap((panel, i) =>
      panelOf(report, panel, MARGIN + NAMES_WIDTH + i * (PANEL_WIDTH + PANEL_GAP)),
    ),
    text(
      MARGIN,
      height - 16,
      `${protocol}: ${sessions} sessions, ${questions} questions; whiskers: 95 % by bootstrap over sessions`,
      { size: 12, colour: COLOUR.quiet },
    ),
    '</svg>',
    '',
  ].join('\n');
}

function panelOf(report: EvaluationReport, { metric, title }: (typeof PANELS)[number], x: number): string[] {
  const names = Object.keys(report.methods);
  const most = Math.max(1e-9, ...names.map((name) => report.intervals[name][metric][1]));
  const scale = (value: number) => (value / most) * (PANEL_WIDTH - FIGURE_WIDTH);
  return [
    text(x, HEAD - 16, title, { size: 13, colour: COLOUR.quiet }),
    ...names.flatMap((name, row) => {
      const value = report.methods[name][metric];
      const [low, high] = report.intervals[name][metric];
      const y = middleOf(row);
      const fill = name === report.comparison.method ? COLOUR.whole : COLOUR.bar;
      return [
        `<rect x="${x}" y="${y - BAR / 2}" width="${fixed(scale(value))}" height="${BAR}" fill="${fill}"/>`,
        whisker(x + scale(low), x + scale(high), y),
        text(x + scale(high) + 8, y + 5, value.toFixed(2), { size: 13 }),
      ];
    }),
    `<line x1="${x}" x2="${x}" y1="${HEAD - 4}" y2="${HEAD + names.length * ROW}" stroke="${COLOUR.quiet}"/>`,
  ];
}

function whisker(from: number, to: number, y: number): string {
  const ends = [from, to].map((x) => `M${fixed(x)} ${y - 4}V${y + 4}`).join('');
  return `<path d="M${fixed(from)} ${y}H${fixed(to)}${ends}" stroke="${COLOUR.whisker}" fill="none"/>`;
}

interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly colour?: string;
}

function text(
  x: number,
  y: number,
  content: string,
  { size, weight = 400, colour = COLOUR.text }: TextStyle,
): string {
  return `<text x="${fixed(x)}" y="${y}" ${FONT} font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(content)}</text>`;
}

function description({ methods, data }: EvaluationReport): string {
  const figures = Object.entries(methods).map(
    ([name, figures]) => `${name} ${figures['recall@20']} / ${figures['mrr@20']}`,
  );
  return `Recall@20 / MRR@20 in percent on ${data}: ${figures.join(', ')}`;
}

function middleOf(row: number): number {
  return HEAD + row * ROW + ROW / 2;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
