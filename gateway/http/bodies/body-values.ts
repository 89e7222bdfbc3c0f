import type { Bites } from '../../../metrics/process/bites.js';
import { readJsonText } from '../../protocol/json-text.js';
import { ENTRIES_MAX } from '../../protocol/limits.js';
import type { Problem } from '../../protocol/validate-event.js';
import { bodyTexts, listProblem, type BodyText } from './body-texts.js';

/** Where the reader of a long body rests. */
export type Rests = Pick<Bites, 'isOver' | 'rest'>;

/** `bodyTexts`, with rests in between. */
export async function* restedTexts(body: Uint8Array, rests: Rests): AsyncGenerator<BodyText> {
  for (const text of bodyTexts(body)) {
    if (rests.isOver) await rests.rest();
    if (text !== undefined) yield text;
  }
}

/** `listProblem`, with rests in between. */
export function restedListProblem(body: Uint8Array, rests: Rests): Promise<string | undefined> {
  return restedUntilDone(listProblem(body), rests);
}

/** What a generator returns that yields where its reader may rest. */
export async function restedUntilDone<T>(work: Generator<void, T>, rests: Rests): Promise<T> {
  let step = work.next();
  for (; step.done !== true; step = work.next()) if (rests.isOver) await rests.rest();
  return step.value;
}

/** One value of a body, with as many maps, lists and keys as a message may have; or why it is refused by itself. */
export function readBodyText(text: string): { readonly value: unknown } | { readonly problem: Problem } {
  const json = readJsonText(text, ENTRIES_MAX);
  if (json.ok) return { value: json.value };
  const { code, problem, value } = json;
  // What is JSON is refused for what is in it.
  return { problem: { code, message: value === undefined ? `it is not JSON: ${problem}` : problem } };
}
