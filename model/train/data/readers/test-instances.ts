import type { DatasetBuilder } from '../dataset-builder.js';
import { EVENT_KIND } from '../../../scorer/event-kinds.js';
import { LineProblems } from './line-problems.js';
import { readTable } from './table-file.js';

/**
 * Adds the sessions of a table of test instances behind all others. Every prefix of a test session is one instance; the
 * session is rebuilt from its longest one. Where the data has times, test clicks get that of the latest click. Resolves to
 * the number of test sessions.
 */
export async function addTestInstances(path: string, builder: DatasetBuilder): Promise<number> {
  const longest = new Map<string, string>();
  const problems = new LineProblems(path);
  await readTable(path, (header) => {
    const [session, prefix, target] = ['test_session', 'prefix_items', 'target'].map((name) =>
      header.need([name]),
    );
    return (cells, line) => {
      const clicks = `${cells[prefix] ?? ''} ${cells[target] ?? ''}`;
      if (!/^\S+( \S+)+$/.test(clicks))
        return problems.add(
          line,
          'prefix_items',
          'items with one space between, and a target',
          clicks.trim(),
        );
      const key = cells[session] ?? '';
      if (lengthOf(clicks) > lengthOf(longest.get(key) ?? '')) longest.set(key, clicks);
    };
  });
  problems.check();
  const atMs = builder.latestMs;
  for (const [session, clicks] of longest) {
    clicks.split(' ').forEach((item, place) =>
      builder.click(`test ${session}`, '', item, {
        kind: EVENT_KIND.select_item,
        timeMs: atMs,
        order: place,
      }),
    );
  }
  return longest.size;
}

function lengthOf(clicks: string): number {
  let spaces = 0;
  for (let at = clicks.indexOf(' '); at >= 0; at = clicks.indexOf(' ', at + 1)) spaces++;
  return clicks === '' ? 0 : spaces + 1;
}
