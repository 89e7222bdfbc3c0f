import { join } from 'node:path';
import { EVENT_KIND } from '../../event-kinds.js';
import type { Dataset } from '../dataset.js';
import { DatasetBuilder } from '../dataset-builder.js';
import { readTable } from './tsv.js';

/** Train sessions by their clicks (the file holds those of other splits too); returns the hash of the events. */
function addTrainSessions(builder: DatasetBuilder, folder: string): string {
  for (const [item] of readTable(join(folder, 'items.tsv.gz'), ['item']).rows) builder.items.code(item);
  const { rows, hash } = readTable(join(folder, 'events.tsv.gz'), ['session', 'item', 'split']);
  for (const [session, item, split] of rows) {
    if (split === 'train') builder.click(session, '', item, EVENT_KIND.select_item);
  }
  return hash;
}

/** Diginetica's train sessions in their order: clicks without time, user, category or brand. */
export function readDiginetica(folder: string): Dataset {
  const builder = new DatasetBuilder();
  const hash = addTrainSessions(builder, folder);
  return builder.build('diginetica', hash);
}

/**
 * Train sessions followed by the test sessions (each rebuilt from its longest instance); test sessions start at
 * `sessionCount` of `readDiginetica`. Every prefix of a test session is one test instance.
 */
export function readDigineticaWithTest(folder: string): Dataset {
  const builder = new DatasetBuilder();
  const hash = addTrainSessions(builder, folder);
  const longest = new Map<string, string[]>();
  const instances = readTable(join(folder, 'test_instances.tsv.gz'), [
    'test_session',
    'prefix_items',
    'target',
  ]);
  for (const [session, prefix, target] of instances.rows) {
    const clicks = [...prefix.split(' '), target];
    if (clicks.length > (longest.get(session)?.length ?? 0)) longest.set(session, clicks);
  }
  for (const [session, clicks] of longest) {
    for (const item of clicks) builder.click(`test ${session}`, '', item, EVENT_KIND.select_item);
  }
  return builder.build('diginetica', hash);
}
