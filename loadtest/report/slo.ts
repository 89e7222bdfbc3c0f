/** One promise of `--slo`, such as `p99<10ms`. */
export interface Objective {
  readonly text: string;
  readonly figure: FigureName;
  readonly comparison: Comparison;
  /** ms, a count, or a rate a second. */
  readonly value: number;
}

/** Figures that a promise can be about. Latencies in ms are of clicks to lists, or of HTTP answers. */
export const FIGURES = [
  'p50',
  'p90',
  'p99',
  'p999',
  'max',
  'ack-p50',
  'ack-p99',
  'ack-max',
  'errors',
  'rate',
] as const;
export type FigureName = (typeof FIGURES)[number];
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

type Comparison = '<' | '<=' | '=' | '>=' | '>';
const HOLDS: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};
const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

function isLatency(figure: FigureName): boolean {
  return figure !== 'errors' && figure !== 'rate';
}

/** A figure with its unit. */
export function figureText(figure: FigureName, value: number): string {
  return `${Number(value.toFixed(3))}${isLatency(figure) ? ' ms' : ''}`;
}

/** @returns the promises, or what is wrong with the text. */
export function readSlo(text: string): readonly Objective[] | string {
  const objectives: Objective[] = [];
  for (const part of text.split(',')) {
    const found = /^\s*([\w.-]+)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*(us|ms|s)?\s*$/.exec(part);
    const figure = FIGURES.find((name) => name === found?.[1]);
    if (found === null || figure === undefined)
      return `"${part.trim()}" is no promise: write FIGURE<NUMBER with one of ${FIGURES.join(', ')}, as in p99<10ms,errors=0`;
    const isTime = isLatency(figure);
    if (isTime !== (found[4] !== undefined))
      return `"${part.trim()}": ${isTime ? 'a latency needs a unit: us, ms or s' : `${figure} has no unit`}`;
    const value = Number(found[3]) * (isTime ? UNIT_MS[found[4]] : 1);
    objectives.push({ text: part.trim(), figure, comparison: found[2] as Comparison, value });
  }
  return objectives;
}

/** Whether a promise was kept; `actual` is undefined, and the promise is not kept, where the run has no such figure. */
export interface Verdict {
  readonly text: string;
  readonly figure: FigureName;
  readonly actual: number | undefined;
  readonly isKept: boolean;
}

export function judge(objectives: readonly Objective[], figures: Figures): readonly Verdict[] {
  return objectives.map(({ text, figure, comparison, value }) => {
    const actual = figures[figure];
    return { text, figure, actual, isKept: actual !== undefined && HOLDS[comparison](actual, value) };
  });
}

/** A line for each promise. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ text, figure, actual, isKept }) => {
    const was = actual === undefined ? 'this run has no such figure' : `it was ${figureText(figure, actual)}`;
    return `${isKept ? 'kept    ' : 'NOT KEPT'}  ${text}: ${was}`;
  });
}
