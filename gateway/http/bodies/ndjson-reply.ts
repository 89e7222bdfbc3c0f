import type { HttpReply } from '../../server/http-call.js';

/** An answer of NDJSON, a line for each of what comes page by page; each page is asked for when the one before is written. Rejects when the first one does. */
export async function ndjsonReply<T>(
  pages: AsyncGenerator<readonly T[]>,
  lineOf: (entry: T) => object,
): Promise<HttpReply> {
  const pieces = linesOf(pages, lineOf);
  // Begun, so that a shard that does not answer is a problem and no half of an answer.
  await pieces.next();
  const headers = { 'cache-control': 'no-store' };
  return { status: 200, contentType: 'application/x-ndjson', body: '', pieces, headers };
}

async function* linesOf<T>(
  pages: AsyncGenerator<readonly T[]>,
  lineOf: (entry: T) => object,
): AsyncGenerator<string> {
  try {
    let page = await pages.next();
    yield '';
    for (; page.done !== true; page = await pages.next())
      yield page.value.map((entry) => `${JSON.stringify(lineOf(entry))}\n`).join('');
  } finally {
    await pages.return(undefined);
  }
}
