import type { Item } from '../../model/tables/feeds/feed-items.js';
import type { Replaced } from './items-replaced.js';

/** What an import did. */
export interface ImportResult {
  readonly isDry: boolean;
  /** Records of the feed that could be read as such. */
  readonly records: number;
  /** Those that became items. */
  readonly taken: number;
  readonly created: number;
  readonly updated: number;
  /** Items that the gateway refused. */
  readonly refused: number;
  /** Attributes that were left out of items. */
  readonly attributesLeftOut: number;
  /** What is wrong with what was left out, with file, line and column. */
  readonly problems: readonly string[];
  readonly hints: readonly string[];
  /** Names of the feed that nothing was made of. */
  readonly unused: readonly string[];
  /** Items as they would be put, of a dry run. */
  readonly shown: readonly Item[];
  /** Absent: that was not asked for. */
  readonly replaced?: Replaced;
}

/** True when all of the feed was taken, and what was to be removed is. */
export function isComplete(result: ImportResult): boolean {
  const { isDry, problems, hints, replaced } = result;
  const isReplaced = replaced === undefined || 'removed' in replaced || isDry;
  return problems.length === 0 && hints.length === 0 && isReplaced;
}

/** The result for people. */
export function importReport(file: string, result: ImportResult): string {
  const { isDry, records, taken, created, updated, refused, attributesLeftOut } = result;
  const did = isDry
    ? `${count(taken)} items would be put`
    : `${count(created + updated)} items put: ${count(created)} new, ${count(updated)} updated`;
  return [
    `${file}: ${count(records)} records read, ${did}, ${count(records - taken + refused)} left out`,
    ...result.problems.map((problem) => `  left out: ${problem}`),
    ...(attributesLeftOut > 0
      ? [`  ${count(attributesLeftOut)} attributes were left out: they are longer than an attribute may be`]
      : []),
    ...result.hints.map((hint) => `  ${hint}`),
    ...(result.unused.length > 0
      ? [`  nothing was made of: ${result.unused.join(', ')} (--map FIELD=NAME takes one in)`]
      : []),
    ...result.shown.map((item) => `  ${JSON.stringify(item)}`),
    ...(result.replaced === undefined ? [] : [replacedText(result.replaced)]),
  ].join('\n');
}

function replacedText(replaced: Replaced): string {
  if ('removed' in replaced)
    return `${count(replaced.removed)} of ${count(replaced.of)} items removed that the feed does not hold`;
  const { kept, of, why } = replaced;
  const what = of === 0 ? '' : ` of the ${count(kept)} of ${count(of)} items that the feed does not hold`;
  return `nothing was removed${what}: ${why}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
