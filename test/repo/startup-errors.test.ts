import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, section, table, textOf } from '../support/markdown.js';

/** What the gateway is started with; commands that run offline report their input themselves. */
const FOLDERS = ['gateway', 'cluster', 'metrics', 'model', 'shards'];
const OFFLINE = ['model/tables/', 'model/train/', 'model/eval/', 'shards/learning/', 'gateway/console/'];

/** Codes of all start-up errors that the gateway's source makes. */
function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const folder of FOLDERS) {
    for (const file of readdirSync(ROOT + folder, { withFileTypes: true, recursive: true })) {
      const path = join(file.parentPath, file.name);
      if (!file.name.endsWith('.ts') || OFFLINE.some((part) => path.startsWith(ROOT + part))) continue;
      for (const [, code] of readFileSync(path, 'utf8').matchAll(/new StartupError\(\s*'(\w+)'/g))
        codes.add(code);
    }
  }
  return codes;
}

test('docs/OPERATIONS.md names every start-up error and its cure', () => {
  const rows = table(section(textOf('docs/OPERATIONS.md'), '## Errors at start-up'));
  expect(rows.map(([code]) => code).sort()).toEqual([...codesInSource()].sort());
  for (const row of rows) expect(row.filter((cell) => cell !== '')).toHaveLength(3);
});
