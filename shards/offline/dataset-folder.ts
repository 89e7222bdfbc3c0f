import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { StartupError } from '../../metrics/startup-error.js';
import type { Item } from '../../model/catalogue.js';
import type { Dataset } from '../../model/train/dataset.js';
import { readDiginetica, readDigineticaWithTest } from '../../model/train/readers/diginetica.js';
import { readOnlineRetail, readOnlineRetailItems } from '../../model/train/readers/online-retail.js';
import { readRees46 } from '../../model/train/readers/rees46.js';
import { sessionCount, type SessionRange } from '../../model/train/dataset.js';

/** A folder of recorded interactions: `events.tsv.gz` and `items.tsv.gz` in one of the known forms. */
export interface DatasetFolder {
  readonly dataset: Dataset;
  /** One item for each row of the dataset. */
  readonly items: readonly Item[];
  /** Sessions kept for the last figure by the data itself; undefined where time decides. */
  readonly test: SessionRange | undefined;
}

type Form = 'online-retail' | 'rees46' | 'diginetica';

/** Reads a folder in any of the known forms, told apart by the columns of its events. Throws `StartupError` when it is none. */
export function readDatasetFolder(folder: string, withTest: boolean): DatasetFolder {
  switch (formOf(folder)) {
    case 'online-retail':
      return { dataset: readOnlineRetail(folder), items: readOnlineRetailItems(folder), test: undefined };
    case 'rees46':
      return withPlainItems(readRees46(folder), undefined);
    case 'diginetica': {
      const train = readDiginetica(folder);
      if (!withTest) return withPlainItems(train, undefined);
      const dataset = readDigineticaWithTest(folder);
      return withPlainItems(dataset, { from: sessionCount(train), to: sessionCount(dataset) });
    }
  }
}

function withPlainItems(dataset: Dataset, test: SessionRange | undefined): DatasetFolder {
  const { itemIds, category, brand } = dataset;
  const items = itemIds.map((id, row) => ({
    id,
    ...(category !== null && category[row] >= 0 && { category: `category ${category[row]}` }),
    ...(brand !== null && brand[row] >= 0 && { brand: `brand ${brand[row]}` }),
  }));
  return { dataset, items, test };
}

const FORMS: readonly (readonly [Form, readonly string[]])[] = [
  ['online-retail', ['customer', 'invoice']],
  ['rees46', ['session_or_user', 'user']],
  ['diginetica', ['session', 'split']],
];

function formOf(folder: string): Form {
  const file = join(folder, 'events.tsv.gz');
  const header = headerOf(file);
  const form = FORMS.find(([, columns]) => columns.every((column) => header.includes(column)));
  if (form !== undefined) return form[0];
  const known = FORMS.map(([, columns]) => columns.join(', ')).join(' or ');
  throw new StartupError('data_unreadable', [
    `${file} has the columns ${header.join(', ')}; expected a table with ${known}`,
  ]);
}

function headerOf(file: string): string[] {
  try {
    return gunzipSync(readFileSync(file)).toString('utf8').split('\n', 1)[0].split('\t');
  } catch (error) {
    throw new StartupError('data_unreadable', [
      `${file} cannot be read (${(error as Error).message}); name a folder with events.tsv.gz and items.tsv.gz with --data`,
    ]);
  }
}
