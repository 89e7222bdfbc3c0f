import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { fenced, textOf } from '../support/markdown.js';

const run = promisify(execFile);
let harness: GatewayHarness;
beforeAll(async () => {
  harness = await startGatewayHarness();
  await harness.catalogue.upsert([{ id: '22423' }, { id: '22699' }]);
});
afterAll(() => harness.stop());

/** Languages, the fence of their example in docs/EXAMPLES.md, and how it is run. */
const LANGUAGES = [
  ['python3', 'python', 'example.py', (file: string) => [file]],
  ['go', 'go', 'example.go', (file: string) => ['run', file]],
  ['sh', 'sh', 'example.sh', (file: string) => [file]],
] as const;

test.each(LANGUAGES)(
  'the examples for %s run, where it is there',
  async (program, fence, name, args) => {
    const sources = fenced(textOf('docs/EXAMPLES.md'), fence);
    expect(sources[0]).toContain('/v1/rank');
    const has = await run(program, program === 'go' ? ['version'] : ['-c', '']).then(
      () => true,
      () => false,
    );
    if (!has) return;
    const folder = mkdtempSync(join(tmpdir(), 'afterclick-example-'));
    try {
      const env = {
        ...process.env,
        AFTERCLICK_URL: harness.url,
        GOCACHE: join(folder, 'cache'),
        GO111MODULE: 'off',
      };
      for (const source of sources) {
        writeFileSync(join(folder, name), source);
        const { stdout } = await run(program, args(join(folder, name)), { env, cwd: folder });
        expect(stdout).toContain('22423');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  180_000,
);
