import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of package.json, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Text of a file of the repository, `path` from its root. */
export function textOf(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** What stands under a heading (given with its `#`s) up to the next heading of the same or a higher level. Throws when it is missing. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const isEnd = (line: string): boolean => /^#+ /.test(line) && line.indexOf(' ') <= level;
  const length = lines.slice(start + 1).findIndex(isEnd);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** Cells of the first table in a text, without its head; backticks around a whole cell are taken off. */
export function table(text: string): string[][] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\|[-| ]+\|$/.test(line));
  if (head < 0) return [];
  const body = lines.slice(head + 1);
  const length = body.findIndex((line) => !line.startsWith('|'));
  return body.slice(0, length < 0 ? undefined : length).map(cells);
}

function cells(line: string): string[] {
  const inner = line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/);
  return inner.map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));
}

/** Contents of the fenced blocks of one language. */
export function fenced(text: string, language: string): string[] {
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'));
  return [...blocks].map(([, block]) => block);
}

/** What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`, without the line breaks at its ends. */
export function marked(text: string, name: string): string {
  const found = new RegExp(`<!-- ${name}:begin -->\\n(.*?)\\n?<!-- ${name}:end -->`, 's').exec(text);
  if (found === null) throw new Error(`there are no marks "${name}:begin" and "${name}:end"`);
  return found[1];
}
