import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SHIPPED_FLAGS, SHIPPED_TUNABLES } from '../support/gateway/built-gateway.js';

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the start script, the image and the tests start the gateway alike', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const flags = SHIPPED_FLAGS.join(' ');
  expect(scripts['start']).toBe(
    `exec env GLIBC_TUNABLES=${SHIPPED_TUNABLES} node ${flags} run.mjs gateway/main`,
  );
  const image = textOf('Dockerfile');
  expect(image).toContain(`    GLIBC_TUNABLES=${SHIPPED_TUNABLES} \\\n`);
  const command = JSON.stringify(['node', ...SHIPPED_FLAGS, 'dist/gateway/main.js']).replaceAll(',', ', ');
  expect(image).toContain(`CMD ${command}\n`);
  expect(textOf('docs/OPERATIONS.md')).toContain(`GLIBC_TUNABLES=${SHIPPED_TUNABLES}`);
});
