import { StartupError } from '../../../metrics/process/startup-error.js';
import { RECORD_MAX, type FeedTaker } from './feed-record.js';
import { fieldsOf } from './json-feed.js';

/** Reads a feed of one JSON object a line (NDJSON). Rejects with `StartupError` `data_unreadable` for a line without an end. */
export async function readLinesFeed(
  path: string,
  text: AsyncIterable<string>,
  taker: Pick<FeedTaker, 'take' | 'unread'>,
): Promise<void> {
  let rest = '';
  let line = 0;
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) takeLine(one, ++line, taker);
    if (rest.length > RECORD_MAX)
      throw new StartupError(
        'data_unreadable',
        `${path}, line ${line + 1}: expected an item, found over ${RECORD_MAX} characters without a line end`,
      );
  }
  takeLine(rest, line + 1, taker);
}

function takeLine(raw: string, line: number, taker: Pick<FeedTaker, 'take' | 'unread'>): void {
  const text = raw.replace(/^\uFEFF/, '').trim();
  if (text === '') return;
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    taker.take({ line, fields: fieldsOf(value) });
  else taker.unread(line, 'an item in JSON', text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
