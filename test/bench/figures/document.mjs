// Figures as text: the table of a run, and what docs/BENCHMARKS.md and README.md show of the saved ones.
import { readFileSync } from 'node:fs';
import { ROWS } from './rows.mjs';

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** A figure with three digits, large ones whole and with separators. */
export function shown(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** How much better a figure is than another: above 1 is better, whichever way is good. */
export function betterBy(name, value, other) {
  return ROWS[name].better === 'higher' ? value / other : other / value;
}

function verdictOf({ better, atLeast, aim }, value) {
  const reaches = (bound) => (better === 'higher' ? value >= bound : value <= bound);
  if (reaches(aim)) return 'aim reached';
  return reaches(atLeast) ? 'yes' : 'no';
}

/** Markdown of measured rows. `results` by name, each `{value, more?}`; `baseline` values by name. */
export function figuresTable(results, baseline) {
  const names = Object.keys(ROWS).filter((name) => results[name] !== undefined);
  const rows = names.map((name) => {
    const row = ROWS[name];
    const { value, more = {} } = results[name];
    const base = baseline[name];
    const note = more.isLowerBound || more.notTheServers !== undefined ? ' \\*' : '';
    return [
      row.what,
      `${shown(value)} ${row.unit}${note}`,
      shown(row.atLeast),
      shown(row.aim),
      verdictOf(row, value),
      base === undefined ? '–' : betterBy(name, value, base).toFixed(2),
    ];
  });
  const head = ['what', 'measured', 'at least', 'aim', 'reached', '÷ baseline, above 1 is better'];
  const notes = names.some((name) => results[name].more?.isLowerBound || results[name].more?.notTheServers)
    ? "\n\n\\* The generator was short of CPU: of a rate the server can do as much at least, and a latency or a cost is not the server's alone."
    : '';
  return table(head, rows) + notes;
}

/** What `limit` is made of. */
export function limitTable({ more }) {
  const { echoUs, stepUs, putUs, clicksPerSec, canonicalPerSec } = more;
  return table(
    ['a click costs at least', 'µs of CPU'],
    [
      ['its list and ack over a socket, ready made (uWebSockets.js, MessagePack)', shown(echoUs)],
      ['its share of a run of step.onnx for 16', shown(stepUs)],
      ['a put of 120 bytes into LMDB, 16 a transaction, synced', shown(putUs)],
      ['the limit, clicks/s of one core', shown(clicksPerSec)],
      ['reached, clicks/s', shown(canonicalPerSec)],
    ],
  );
}

/** Where figures are from. */
export function place({ environment, isPinned }) {
  const { at, node, cpu, cores, commit } = environment;
  const pinned = isPinned
    ? 'server on one core, generator on another'
    : 'nothing pinned, for there is no taskset';
  return `${dayOf(at)}, ${cpu}, ${cores} cores, ${pinned} unless a row says otherwise, Node ${node.slice(1)}, commit ${commit ?? 'unknown'}.`;
}

const dayOf = (at) => at.slice(0, 10);

/** Where saved rows are from, the newest first; of several commits, that they are. */
export function places(rows) {
  const measured = Object.values(rows).toSorted((a, b) => (a.environment.at < b.environment.at ? 1 : -1));
  const [newest] = measured;
  const oldest = measured.at(-1);
  if (measured.every(({ environment }) => environment.commit === newest.environment.commit))
    return place(newest);
  return `${place(newest)} So was the newest row; the oldest is of ${dayOf(oldest.environment.at)}, and docs/benchmarks/figures.json has day and commit of each.`;
}

/** Puts text between a marker and the end marker of a document. */
export function fill(text, marker, block) {
  if (!text.includes(marker)) throw new Error(`there is no ${marker}`);
  const old = new RegExp(`${marker}(?:[\\s\\S]*?<!-- end -->)?`);
  return text.replace(old, () => `${marker}\n\n${block}\n\n<!-- end -->`);
}

/** A document with `blocks` (by the name in their marker, '' for the plain one) in their places. */
export function filled(path, blocks) {
  let text = readFileSync(path, 'utf8');
  for (const [name, block] of Object.entries(blocks))
    text = fill(text, name === '' ? '<!-- figures -->' : `<!-- figures: ${name} -->`, block);
  return text;
}
