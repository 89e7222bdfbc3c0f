import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
/** A module of a build, as benches and suites of plain JavaScript name it. */
const BUILT = /'((?:gateway|cluster|loadtest|metrics|model|shards)\/[\w/-]+)\.js'/g;

test('what benches and suites load of a build has a source: no compiler looks at their paths', () => {
  const scripts = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.mjs'),
  );
  const named = scripts.flatMap((name) =>
    Array.from(readFileSync(join(ROOT, 'test', name), 'utf8').matchAll(BUILT), ([, path]) => ({
      name,
      path,
    })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ path }) => !existsSync(join(ROOT, `${path}.ts`)))).toEqual([]);
});
