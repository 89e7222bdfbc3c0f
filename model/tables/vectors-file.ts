import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../metrics/process/startup-error.js';
import { firstProblem, itemSchema } from '../catalogue/item.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import type { GivenVectors } from '../vectors/given-vectors.js';
import { VectorLengths } from '../vectors/vector-lengths.js';
import { LineProblems } from './line-problems.js';
import { chunksOf, textOf } from './table-file.js';

const FORMS = ['vectors.ndjson', 'vectors.ndjson.gz'] as const;

/** Characters of one line: more than any item that a gateway takes. */
const LINE_MAX = 1 << 20;

/** Items with the vectors that the file `vectors.ndjson` of a folder tells of them; as they are where there is none. */
export async function withVectorsOf(folder: string, items: readonly Item[]): Promise<readonly Item[]> {
  const path = findVectors(folder);
  if (path === undefined) return items;
  const told = await readVectors(path);
  return items.map((item) => ({ ...item, ...told.get(item.id) }));
}

function findVectors(folder: string): string | undefined {
  const found = FORMS.filter((form) => existsSync(join(folder, form)));
  if (found.length > 1)
    throw new StartupError(
      'data_unreadable',
      `${folder}: expected one of ${found.join(' and ')}, found both`,
    );
  return found.length === 0 ? undefined : join(folder, found[0]);
}

/**
 * Vectors by item: a line of JSON each, `{"id", "vectors": {"image": […]}}`, as a gateway takes items; other fields say nothing here. An id stands
 * once, and vectors of one name have one length. Rejects with `StartupError` `data_unreadable` that names the lines.
 */
async function readVectors(path: string): Promise<ReadonlyMap<string, GivenVectors>> {
  const told = new Map<string, GivenVectors>();
  const problems = new LineProblems(path);
  const lengths = new VectorLengths();
  for await (const [line, text] of linesOf(path)) {
    const item = itemOf(text);
    const problem = typeof item === 'string' ? item : lengths.problem(item, undefined, new Map());
    if (typeof item === 'string' || problem !== undefined)
      problems.add(line, 'vectors', `vectors as a gateway takes them (${problem})`, text);
    else if (told.has(item.id)) problems.add(line, 'id', 'an id once', item.id);
    else {
      lengths.retain(item);
      told.set(item.id, vectorsAlone(item));
    }
  }
  problems.check();
  return told;
}

function vectorsAlone({ vector, vectors }: GivenVectors): GivenVectors {
  return { ...(vector && { vector }), ...(vectors && { vectors }) };
}

/** What is wrong with a line that is no item. */
function itemOf(text: string): Item | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'a line of JSON each, {"id": "…", "vectors": {"image": […]}}';
  }
  const { data, error } = itemSchema.safeParse(value);
  return error === undefined ? data : firstProblem(error);
}

/** Lines that hold something, with their numbers. */
async function* linesOf(path: string): AsyncGenerator<[line: number, text: string]> {
  let rest = '';
  let line = 0;
  for await (const piece of textOf(path, chunksOf(path), 'utf-8')) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line++;
      if (text.trim() !== '') yield [line, text];
    }
    if (rest.length > LINE_MAX)
      throw new StartupError(
        'data_unreadable',
        `${path}, line ${line + 1}: expected an item, found over ${LINE_MAX} characters without a line end`,
      );
  }
  if (rest.trim() !== '') yield [line + 1, rest];
}
