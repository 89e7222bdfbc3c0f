import { describe, expect, test } from 'vitest';
import { importProblem } from '../support/rooms.js';

/** Each says who imports what; `type` imports no code. */
interface Import {
  readonly by: string;
  readonly of: string;
  readonly type?: boolean;
}

const problemOf = ({ by, of, type = false }: Import): string | undefined => importProblem(by, of, type);

describe('an import is refused', () => {
  test.each<Import & { readonly why: string; readonly says: string }>([
    {
      why: 'of a floor above',
      by: 'model/scorer/scorer.ts',
      of: 'shards/store/store.js',
      says: 'model/ may import model/, metrics/ only',
    },
    {
      why: 'of a floor above, of a type as well',
      by: 'shards/pool/shard-pool.ts',
      of: 'gateway/gateway.js',
      type: true,
      says: 'shards/ may import',
    },
    {
      why: 'of a room that stands later in the list',
      by: 'shards/graph/interest/slabs.ts',
      of: 'shards/pool/shard-pool.js',
      says: 'shards/graph/interest may not import shards/pool',
    },
    {
      why: 'of a later room inside a room',
      by: 'model/catalogue/filter/filter.ts',
      of: 'model/catalogue/search/search-index.js',
      says: 'model/catalogue/filter may not import model/catalogue/search',
    },
    {
      why: 'of a heavy dependency by another than its owner',
      by: 'shards/worker/worker.ts',
      of: 'lmdb',
      says: 'only shards/store/lmdb/commits/lmdb-environment.ts loads lmdb',
    },
    {
      why: 'of what lies behind the face of the shards',
      by: 'gateway/socket/channels.ts',
      of: 'shards/pool/shard-pool.js',
      says: 'gateway/ may import gateway/, metrics/, model/, shards/api.',
    },
    {
      why: 'of the cluster by a shard',
      by: 'shards/pool/worker-pool.ts',
      of: 'cluster/placement/place-partitions.js',
      says: 'shards/ may import shards/, model/, metrics/ only',
    },
    {
      why: 'of training by what serves a model',
      by: 'model/scorer/scorer.ts',
      of: 'model/train/network/parameters.js',
      says: 'not model/train/',
    },
    {
      why: 'of training by a shard',
      by: 'shards/shard/shard.ts',
      of: 'shards/learning/train.js',
      says: 'not shards/learning/',
    },
    {
      why: 'of training by the gateway',
      by: 'gateway/models/models.ts',
      of: 'model/eval/bootstrap.js',
      says: 'model/eval/',
    },
    {
      why: 'of the SDK by the gateway',
      by: 'gateway/http/http.ts',
      of: 'gateway/client/index.js',
      says: 'not gateway/client/',
    },
    {
      why: 'of Node by the SDK',
      by: 'gateway/client/afterclick-client.ts',
      of: 'node:events',
      says: 'gateway/client/ runs in browsers: no node:events',
    },
    {
      why: 'of Node by the protocol',
      by: 'gateway/protocol/codec.ts',
      of: 'node:buffer',
      says: 'gateway/protocol/ runs in browsers',
    },
    {
      why: 'of the inside of the SDK by the console',
      by: 'gateway/console/storefront.ts',
      of: 'gateway/client/link/gateway-link.js',
      says: 'gateway/console/ may import gateway/console/, gateway/client/index. only',
    },
    {
      why: 'of the gateway by the load test',
      by: 'loadtest/load.ts',
      of: 'gateway/gateway.js',
      says: 'loadtest/ may import',
    },
  ])('$why: $by, $of', ({ says, ...one }) => {
    expect(problemOf(one)).toContain(says);
  });
});

describe('an import is allowed', () => {
  test.each<Import & { readonly why: string }>([
    { why: 'of its own room', by: 'shards/shard/shard.ts', of: 'shards/shard/user-table.js' },
    { why: 'of an earlier room', by: 'shards/pool/worker-pool.ts', of: 'shards/wire/calls.js' },
    { why: 'of a floor below', by: 'shards/shard/shard.ts', of: 'model/scorer/scorer.js' },
    { why: 'of the face of the shards by the gateway', by: 'gateway/http/http.ts', of: 'shards/api.js' },
    {
      why: 'of judging by the face of the shards',
      by: 'shards/api.ts',
      of: 'shards/learning/judging/judge.js',
    },
    { why: 'of training by learning', by: 'shards/learning/train.ts', of: 'model/train/trainer.js' },
    {
      why: 'of a heavy dependency by its owner',
      by: 'shards/store/lmdb/commits/lmdb-environment.ts',
      of: 'lmdb',
    },
    { why: 'of the types of a heavy dependency', by: 'shards/worker/worker.ts', of: 'lmdb', type: true },
    { why: 'of a light dependency', by: 'gateway/protocol/codec.ts', of: 'msgpackr' },
    { why: 'of Node on the server', by: 'gateway/main.ts', of: 'node:fs' },
    { why: 'of the SDK by the console', by: 'gateway/console/storefront.ts', of: 'gateway/client/index.js' },
    { why: 'of the SDK by the load test', by: 'loadtest/load.ts', of: 'gateway/client/index.js' },
    { why: 'of anything by a test', by: 'test/e2e/shop.test.ts', of: 'shards/pool/worker-pool.js' },
  ])('$why: $by, $of', (one) => {
    expect(problemOf(one)).toBeUndefined();
  });
});
