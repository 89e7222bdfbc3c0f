import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { builtFile } from '../support/built.js';

/** What the programs of a start are bundled with, or load. */
const PROGRAMS = ['gateway/main.js', 'shards/worker/worker.js', 'model/bundle/bundle-worker.js'];
const PARTS = /^import (?:[^"']* from )?"(\.\/[^"]+)"/gm;
/** A comment that names a module of the bundle. */
const CLUSTER = /^\/\/ \S*\/cluster\/(journal|node|host)\//m;
const IMPORTS = /^(?:import|export) (?:[^"']* from )?"([^"]+)"/gm;

test.each(PROGRAMS)(
  '%s loads nothing of NATS and of the floor cluster, which a single machine needs not',
  (program) => {
    const texts = loadedBy(builtFile(program));
    const packages = texts.flatMap((text) => [...text.matchAll(IMPORTS)].map(([, name]) => name));

    expect(packages).toContain('node:path');
    expect(packages.filter((name) => name.startsWith('@nats-io/'))).toEqual([]);
    expect(texts.filter((text) => CLUSTER.test(text))).toEqual([]);
  },
);

/** Texts of a built file and of all the parts that it cannot start without. */
function loadedBy(path: string, known = new Set<string>()): string[] {
  if (known.has(path)) return [];
  known.add(path);
  const text = readFileSync(path, 'utf8');
  // Main waits for the rest of the gateway at its first line.
  const parts = [...text.matchAll(PARTS), ...text.matchAll(/import\("(\.\/run-gateway[^"]+)"\)/g)];
  return [text, ...parts.flatMap(([, part]) => loadedBy(join(dirname(path), part), known))];
}
