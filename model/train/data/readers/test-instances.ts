import type { DatasetBuilder } from '../dataset-builder.js';
import { EVENT_KIND } from '../../../scorer/event-kinds.js';
import { LineProblems } from '../../../tables/line-problems.js';
import { readTable } from '../../../tables/table-file.js';

/** Clicks that follow one another, and after how many of them the next one is asked for. */
interface TestSession {
  /** Item ids with one space between. */
  readonly clicks: string;
  readonly askedAfter: Set<number>;
}

/**
 * Adds the instances of a table behind all other sessions: prefix and target of each line are asked once, and nothing else
 * is. Lines of one test session that continue one another become one session of the dataset; lines that contradict or repeat
 * one another become sessions of their own. Where the data has times, test clicks get that of the latest click. Resolves to
 * the number of sessions added.
 */
export async function addTestInstances(
  path: string,
  encoding: string,
  builder: DatasetBuilder,
): Promise<number> {
  const atMs = builder.latestMs;
  let added = 0;
  for (const lines of (await readLines(path, encoding)).values()) {
    for (const { clicks, askedAfter } of sessionsOf(lines)) {
      const key = `test ${added++}`;
      clicks.split(' ').forEach((item, place) =>
        builder.click(key, '', item, {
          kind: EVENT_KIND.select_item,
          timeMs: atMs,
          order: place,
          isAsked: askedAfter.has(place + 1),
        }),
      );
    }
  }
  return added;
}

/** Prefix and target of each line, by test session. */
async function readLines(path: string, encoding: string): Promise<Map<string, string[]>> {
  const bySession = new Map<string, string[]>();
  const problems = new LineProblems(path);
  await readTable(path, encoding, (header) => {
    const [session, prefix, target] = ['test_session', 'prefix_items', 'target'].map((name) =>
      header.need([name]),
    );
    return (cells, line) => {
      const clicks = `${cells[prefix]} ${cells[target]}`;
      if (!/^\S+( \S+)+$/.test(clicks))
        return problems.add(
          line,
          'prefix_items',
          'items with one space between, and a target',
          clicks.trim(),
        );
      const key = cells[session];
      const lines = bySession.get(key);
      if (lines === undefined) bySession.set(key, [clicks]);
      else lines.push(clicks);
    };
  });
  problems.check();
  return bySession;
}

function sessionsOf(lines: readonly string[]): readonly TestSession[] {
  const sessions: TestSession[] = [];
  for (const clicks of [...lines].sort((a, b) => b.length - a.length)) {
    const after = clicks.split(' ').length - 1;
    const session = sessions.find(
      (known) => `${known.clicks} `.startsWith(`${clicks} `) && !known.askedAfter.has(after),
    );
    if (session === undefined) sessions.push({ clicks, askedAfter: new Set([after]) });
    else session.askedAfter.add(after);
  }
  return sessions;
}
