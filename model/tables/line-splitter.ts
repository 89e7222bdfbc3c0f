import { isUtf8 } from 'node:buffer';
import { StartupError } from '../../metrics/process/startup-error.js';
import { LineProblems } from './line-problems.js';
import { TableHeader } from './table-header.js';

/** Takes the cells of one line, as many as the header has; `line` counts from 1, the header being the first. */
export type TakeRow = (cells: readonly string[], line: number) => void;

/** Longer than this is no line of a table; it bounds what is held of a file without line ends. */
const LINE_BYTES_MAX = 1 << 24;
const NEWLINE = 10;
const TAB = 9;

/**
 * Puts lines together from pieces of a file. Bytes become text in whole lines, so that no character is cut in two; bytes that
 * are not UTF-8 end it, since they would make one id of several.
 */
export class LineSplitter {
  readonly #path: string;
  readonly #problems: LineProblems;
  /** False: whoever made the problems looks at them. */
  readonly #isOwn: boolean;
  readonly #open: (header: TableHeader) => TakeRow;
  /** Pieces of a line whose end has not come yet, and their bytes. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  #line = 0;
  #header: TableHeader | undefined;
  #take: TakeRow | undefined;

  /** @param problems where lines with other cells than the header go, for whoever leaves them out; without it they are refused at the end */
  constructor(path: string, open: (header: TableHeader) => TakeRow, problems?: LineProblems) {
    this.#path = path;
    this.#isOwn = problems === undefined;
    this.#problems = problems ?? new LineProblems(path);
    this.#open = open;
  }

  write(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#takeLines(Buffer.concat([...this.#rest.splice(0), chunk.subarray(0, end - 1)]));
    if (end > 0) this.#restBytes = 0;
    if (end < chunk.length) this.#rest.push(chunk.subarray(end));
    this.#restBytes += chunk.length - end;
    if (this.#restBytes <= LINE_BYTES_MAX) return;
    throw new StartupError(
      'data_unreadable',
      `${this.#path}, line ${this.#line + 1}: expected a line of a table, found over ${LINE_BYTES_MAX} bytes without a line end`,
    );
  }

  /** Takes what is left. Throws for lines that have other cells than the header. */
  end(): void {
    this.#takeLines(Buffer.concat(this.#rest));
    if (this.#isOwn) this.#problems.check();
    if (this.#take !== undefined) return;
    throw new StartupError('data_unreadable', `${this.#path}: expected a header line, found an empty file`);
  }

  /** Whole lines, without the last line end. */
  #takeLines(bytes: Buffer): void {
    if (!isUtf8(bytes)) throw this.#notUtf8(bytes);
    const text = bytes.toString('utf8');
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      this.#takeLine(text, from, to);
      from = to + 1;
    }
    this.#takeLine(text, from, text.length);
  }

  #takeLine(text: string, from: number, to: number): void {
    this.#line++;
    const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to;
    if (end === from) return;
    const line = text.slice(from, end);
    if (this.#take !== undefined && this.#header !== undefined)
      return this.#takeCells(line.split('\t'), this.#take, this.#header);
    this.#header = this.#headerOf(line);
    this.#take = this.#open(this.#header);
  }

  #takeCells(cells: readonly string[], take: TakeRow, header: TableHeader): void {
    if (cells.length === header.width) take(cells, this.#line);
    else header.addWidthProblem(this.#problems, this.#line, cells.length, 'tabs');
  }

  #headerOf(line: string): TableHeader {
    return new TableHeader(this.#path, line.split('\t'));
  }

  /** Names the first cell that is not UTF-8. */
  #notUtf8(bytes: Buffer): StartupError {
    const lines = split(bytes, NEWLINE);
    const broken = lines.findIndex((line) => !isUtf8(line));
    const cell = split(lines[broken], TAB).findIndex((part) => !isUtf8(part));
    // The header may be in the same piece, and not be taken yet.
    const header = broken === 0 ? this.#header : (this.#header ?? this.#headerOf(lines[0].toString('utf8')));
    const column = header === undefined ? '' : `, column "${header.nameAt(cell)}"`;
    return new StartupError(
      'data_unreadable',
      `${this.#path}, line ${this.#line + 1 + broken}${column}: expected text in UTF-8, found bytes of another encoding; ` +
        `name that with --encoding, for instance ${likelyEncoding(this.#line === 0 ? bytes : undefined)}`,
    );
  }
}

/** What bytes that are no UTF-8 may be in, by the first of their file: UTF-16 says so there. */
export function likelyEncoding(first: Buffer | undefined): string {
  const mark = first?.subarray(0, 2).toString('hex');
  return mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'latin1';
}

function split(bytes: Buffer, by: number): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let to = bytes.indexOf(by); to >= 0; to = bytes.indexOf(by, from)) {
    parts.push(bytes.subarray(from, to));
    from = to + 1;
  }
  parts.push(bytes.subarray(from));
  return parts;
}
