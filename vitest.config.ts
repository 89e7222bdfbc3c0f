import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests of plain code: their files share a process, which loads every module once. None of them replaces a module (`vi.mock`) or starts
 * a thread. Tests of shards are not among them, since what a shard has of shared memory is given back when its thread ends; nor are
 * those of the client, to whom a process is a page.
 */
const PLAIN = [
  'test/repo/**/*.test.ts',
  'test/unit/{metrics,model,loadtest}/**/*.test.ts',
  'test/unit/cluster/**/*.test.ts',
  'test/unit/gateway/!(client)/**/*.test.ts',
  'test/unit/shards/{disclosure,graph,learning,overload,owed,ranking,reshard,step,store,upkeep,wire}/**/*.test.ts',
];
/** Tests that start gateways and NATS servers again and again: `npm run test:long`. */
const LONG = [
  'test/integration/{gateway-search,search-by-meaning}.test.ts',
  'test/integration/{found-segments,gateway-erase,gateway-market,gateway-swap}.test.ts',
  'test/fault/{damaged-segment,erase-kill,gateway-failing-disk,file-limit,gateway-disk-full,gateway-kill,gateway-refused,gateway-start,gateway-stop}.test.ts',
  'test/fault/{inspection-hangs,journal-compaction,npm-start,overload,reshard-interrupted,shard-crash,slow-readers,snapshot-kill,store-loss,stranger-memory,swap-crash-points,swap-kill}.test.ts',
  'test/integration/{behind-nginx,contract-documents,example-programs,highest-rate-command,loadtest-command,on-ws,picture-vectors,pool-swap,traces,typed-client}.test.ts',
  'test/nemesis/nemesis-mutants.test.ts',
  'test/watch/{alert-rules,real-prometheus}.test.ts',
  'test/unit/shards/retention/bytes.test.ts',
  'test/bench/click-bench.test.ts',
  'test/unit/shards/learning/evaluation/return-figures.test.ts',
  'test/integration/cluster/*.test.ts',
];
/** Those that take longest and look at what changes seldom: whole trainings, repairs, pictures. `npm run test:nightly`. */
const NIGHTLY = [
  'test/integration/{deployed-by-hand,helm-chart,reshard,train-command,train-figures}.test.ts',
  'test/fault/{damaged-start,failing-disk,flipped-bits-start,flipped-bits-whole,restore-interrupted,snapshot-admin,stop-in-long-work}.test.ts',
  'test/watch/dashboards.test.ts',
  'test/repo/cluster-figures.test.ts',
];
/** Tests in a browser: `npm run e2e`. */
const BROWSER = ['test/e2e/**/*.test.ts'];

/** What takes longest begins first: at the end it would run alone. */
const FIRST = [
  'nemesis/nemesis.test.ts',
  'integration/loadtest-command.test.ts',
  'fault/gateway-stop.test.ts',
  'fault/gateway-failing-disk.test.ts',
  'integration/gateway-swap.test.ts',
  'integration/train-figures.test.ts',
  'e2e/shop.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = FIRST.findIndex((end) => moduleId.endsWith(end));
      return place < 0 ? FIRST.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: 'test/support/build-once.ts',
    env: { ORT_DISABLE_TELEMETRY: '1', AFTERCLICK_ENCODER: 'none' },
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'plain', include: PLAIN, exclude: [...LONG, ...NIGHTLY], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...PLAIN, ...LONG, ...NIGHTLY, ...BROWSER],
        },
      },
      { extends: true, test: { name: 'long', include: LONG } },
      { extends: true, test: { name: 'nightly', include: NIGHTLY } },
      { extends: true, test: { name: 'browser', include: BROWSER } },
    ],
  },
});
