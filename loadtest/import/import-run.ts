import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { OptionValues } from '../../metrics/process/options.js';
import type { Progress } from '../../metrics/process/progress.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { inputFileProblem } from '../../metrics/process/system-problem.js';
import { FeedItems, type Item } from '../../model/tables/feeds/feed-items.js';
import { readFeed, type FeedEnd } from '../../model/tables/feeds/read-feed.js';
import { LineProblems } from '../../model/tables/line-problems.js';
import type { importOptions } from './import-options.js';
import type { ImportResult } from './import-report.js';
import { ItemUpload } from './item-upload.js';
import type { ItemsApi } from './items-api.js';
import { removeOthers, type Replaced } from './items-replaced.js';

/** Kinds of problems that are told in full. */
const TOLD_MAX = 20;
/** Items that a dry run shows. */
const SHOWN_MAX = 3;

/** What is imported, and how. */
export type ImportPlan = Omit<OptionValues<typeof importOptions>, 'url' | 'token'>;

/** Starts a bar for something of which there is `total`. */
export type StartBar = (label: string, total: number) => Progress;

/**
 * Reads a feed and puts its items, in bites: the file is read no faster than the gateway takes them. Then, where that is asked for,
 * removes what the feed does not hold. Rejects with `StartupError` `data_unreadable` when the file cannot be read to its end: what
 * was put by then stays, nothing is removed.
 */
export async function runImport(plan: ImportPlan, api: ItemsApi, startBar: StartBar): Promise<ImportResult> {
  const unreadable = inputFileProblem(plan.file);
  if (unreadable !== undefined) throw new StartupError('data_unreadable', unreadable);
  const problems = new LineProblems(plan.file, TOLD_MAX);
  const refusals = new LineProblems(plan.file, TOLD_MAX);
  const items = new FeedItems(plan.file, plan, problems);
  const upload = new ItemUpload(api, refusals);
  const shown: Item[] = [];
  const end = await readAll(plan, { items, problems, upload, shown }, startBar);
  if (items.counts.taken === 0 && problems.count === 0)
    throw new StartupError('data_unreadable', `${plan.file}: expected items, found none`);
  return {
    ...items.counts,
    isDry: plan.dryRun,
    created: upload.created,
    updated: upload.updated,
    refused: upload.refused,
    problems: [...problems.text(), ...refusals.text()],
    hints: hintsOf(items),
    unused: items.fields.unused,
    shown,
    ...(plan.replace && { replaced: await replaced(plan, items, end, { api, startBar }) }),
  };
}

interface Reading {
  readonly items: FeedItems;
  readonly problems: LineProblems;
  readonly upload: ItemUpload;
  readonly shown: Item[];
}

async function readAll(
  plan: ImportPlan,
  { items, problems, upload, shown }: Reading,
  startBar: StartBar,
): Promise<FeedEnd> {
  const bar = startBar('bytes', unpackedBytes(plan.file));
  let bytes = 0;
  try {
    const end = await readFeed(plan.file, plan, problems, {
      open: (names) => items.fields.checkColumns(plan.file, names),
      take: (record) => {
        const item = items.item(record);
        if (item === undefined) return;
        if (plan.dryRun) {
          if (shown.length < SHOWN_MAX) shown.push(item);
        } else upload.add(item, record.line);
      },
      between: (more) => {
        bytes += more;
        bar.update(bytes, `${items.counts.taken} items`);
        return upload.flow();
      },
      unread: (line, expected, found) => problems.add(line, 'item', expected, found),
    });
    await upload.end();
    return end;
  } finally {
    bar.stop();
  }
}

/** Removes what the feed does not hold, unless it may hold more than could be read. */
async function replaced(
  { maxRemoved, dryRun }: ImportPlan,
  items: FeedItems,
  { isWhole }: FeedEnd,
  { api, startBar }: { readonly api: ItemsApi; readonly startBar: StartBar },
): Promise<Replaced> {
  const why = whyNotWhole(items, isWhole);
  if (why !== undefined) return { kept: 0, of: 0, why };
  let bar: Progress | undefined;
  try {
    const limits = { percentMax: maxRemoved, isDry: dryRun };
    return await removeOthers(api, items.ids, limits, (done, of) => {
      bar ??= startBar('removed', of);
      bar.update(done, '');
    });
  } finally {
    bar?.stop();
  }
}

function whyNotWhole(items: FeedItems, isWhole: boolean): string | undefined {
  if (items.unknownCount > 0)
    return `${items.unknownCount} records have no id that can be read, and may be any item: mend them first`;
  if (!isWhole)
    return 'its last line has no line end, as in a feed that was cut short: when it is whole, add one and import it again';
  return items.counts.taken === 0 ? 'it holds no item that could be taken' : undefined;
}

/** What is likely to be meant where a mapping leads nowhere, or no ids are found. */
function hintsOf(items: FeedItems): string[] {
  const { missing, seen } = items.fields;
  const hints = missing.map((name) => `no record has "${name}", as --map says`);
  if (items.counts.records > 0 && items.ids.size === 0)
    hints.push(`no ids were found; say which name holds them with --map id=NAME: ${seen.join(', ')}`);
  return hints;
}

/** Bytes of a file, unpacked. A gzip file says it in its last 4 bytes, less what is beyond 4 GiB. */
function unpackedBytes(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (!path.endsWith('.gz') || size < 4) return size;
  const file = openSync(path, 'r');
  try {
    const end = Buffer.alloc(4);
    readSync(file, end, 0, 4, size - 4);
    return end.readUInt32LE();
  } finally {
    closeSync(file);
  }
}
