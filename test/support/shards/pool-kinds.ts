import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { FakePool } from '../gateway/fake-pool.js';
import { BuiltPool } from './built-pool.js';
import { HeardPool } from './heard-pool.js';
import { freshCatalogue } from './shard-harness.js';

export interface PoolKind {
  readonly name: string;
  /** Starts a pool with 60 items in its catalogue; `stop` removes all that it made. */
  start(): Promise<{ readonly heard: HeardPool; stop(): Promise<void> }>;
}

/** Every implementation of the pool, for suites that run on each. */
export const POOL_KINDS: readonly PoolKind[] = [
  {
    name: 'worker',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'afterclick-pool-'));
      const built = await BuiltPool.start(folder);
      return {
        heard: built,
        async stop() {
          await built.pool.stop();
          rmSync(folder, { recursive: true });
        },
      };
    },
  },
  {
    name: 'fake',
    async start() {
      const pool = new FakePool(new CatalogueView((await freshCatalogue()).shared));
      return { heard: new HeardPool(pool), stop: () => pool.stop() };
    },
  },
];
