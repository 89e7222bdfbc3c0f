import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { builtFile } from '../support/built.js';

/** What all connections share is made by hand in the bench: it has to keep up with the product. */
test('the bench of the gateway thread gets a list for a click, over MessagePack and JSON', () => {
  const bench = fileURLToPath(new URL('click.bench.mjs', import.meta.url));
  const told = execFileSync(process.execPath, [bench, dirname(builtFile('.built'))], { encoding: 'utf8' });

  for (const codec of ['MessagePack', 'JSON'])
    expect(told).toContain(`a click in, its list and its ack out, ${codec}`);
});
