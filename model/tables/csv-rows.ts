import { CsvError, parse, type Info } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { StartupError } from '../../metrics/process/startup-error.js';
import { LineProblems } from './line-problems.js';
import type { TakeRow } from './line-splitter.js';
import { TableHeader } from './table-header.js';

/** What may stand between the cells of a table of this kind, and its name. */
const SEPARATORS = [
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
] as const;

/** Longest record, characters: an open quote would take the rest of the file for one cell. */
const RECORD_MAX = 1 << 22;

type CsvRecord = { readonly record: readonly string[]; readonly info: Info };

/**
 * Reads a table whose cells may be quoted and hold line ends. `text` are pieces of it; cells are separated by whichever of the usual
 * marks the header has most of. Records of another width go to `others`, for whoever leaves them out; without it they are refused at the
 * end. Ends early when `stop` says so after the header. Rejects with `StartupError` `data_unreadable`.
 */
export async function readCsv(
  path: string,
  text: AsyncIterable<string>,
  open: (header: TableHeader) => TakeRow | undefined,
  others?: LineProblems,
): Promise<void> {
  const problems = others ?? new LineProblems(path);
  let header: TableHeader | undefined;
  let take: TakeRow | undefined;
  let between = '';
  const whole = { lines: 0 };
  try {
    for await (const { record, info } of recordsOf(text, whole, (name) => (between = name))) {
      if (header === undefined) {
        header = new TableHeader(path, record);
        take = open(header);
        if (take === undefined) return;
      } else if (record.length === header.width) take?.(record, info.lines);
      else header.addWidthProblem(problems, info.lines, record.length, between);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new StartupError('data_unreadable', `${path}${problemOf(error, whole.lines)}`, { cause: error });
  }
  if (others === undefined) problems.check();
  if (header === undefined)
    throw new StartupError('data_unreadable', `${path}: expected a header line, found an empty file`);
}

/** What is wrong behind so many lines of whole records; an open quote is where it begins, not where the file ends. */
function problemOf({ code, message }: CsvError, lines: number): string {
  const isOpen = code === 'CSV_QUOTE_NOT_CLOSED';
  return isOpen
    ? `, line ${lines + 1} or after: expected a quote at the end of what one begins, found the end of the file`
    : `: ${message}`;
}

/** @param whole gets the lines of the records that are whole, also of those that are lost when the next one is broken. */
async function* recordsOf(
  text: AsyncIterable<string>,
  whole: { lines: number },
  separatedBy: (name: string) => void,
): AsyncGenerator<CsvRecord> {
  const pieces = text[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const [delimiter, name] = separatorOf(first.value);
  separatedBy(name);
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relaxColumnCount: true,
    skipEmptyLines: true,
    maxRecordSize: RECORD_MAX,
    onRecord: (record: string[], { lines }) => {
      whole.lines = lines;
      return record;
    },
  });
  // What goes wrong in the pieces ends the parser, and is thrown by it.
  pipeline(Readable.from(startingWith(first.value, pieces)), parser, () => {});
  for await (const record of parser) yield record as CsvRecord;
}

async function* startingWith(first: string, others: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
}

function separatorOf(piece: string): (typeof SEPARATORS)[number] {
  const [line] = piece.split('\n', 1);
  const counts = SEPARATORS.map(([mark]) => line.split(mark).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}
