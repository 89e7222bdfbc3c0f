// The rooms of the house, in one order: a file may import from its own room and from rooms that stand above it in this list,
// type imports included. `npm run lint` checks it, as the plugin at the end of this file.

import { dirname, relative, resolve } from 'node:path';

/** Folders, each after all that it may import. A folder's own files come after those of the folders inside it that it uses. */
export const ROOMS = [
  'metrics/program',
  'metrics/output',
  'metrics/collections',
  'metrics/process',
  'metrics/rows',
  'metrics',
  'model/vectors',
  'model/catalogue',
  'model/catalogue/filter',
  'model/catalogue/search',
  'model/catalogue/words',
  'model/features',
  'model/onnx',
  'model/scorer',
  'model/kernel',
  'model/content',
  'model/intent',
  'model/bundle',
  'model/encoder',
  'model/tables',
  'model/tables/feeds',
  'model/train',
  'model/train/data',
  'model/train/data/readers',
  'model/train/network/operators',
  'model/train/network',
  'model/eval/measures',
  'model/eval',
  'model/eval/baselines',
  'model/train/ranker',
  'model/train/optimiser',
  'model/train/intent',
  'model/train/content',
  'model/train/export',
  'shards/store',
  'shards/store/entries',
  'shards/store/places',
  'shards/store/vault/keys',
  'shards/store/vault',
  'shards/store/journal-file/segments',
  'shards/store/journal-file',
  'shards/graph',
  'shards/graph/interest',
  'shards/graph/interest/state',
  'shards/graph/communities',
  'shards/graph/interactions',
  'shards/communities',
  'shards/market',
  'shards/clusters',
  'shards/wire',
  'shards/store/lmdb/commits',
  'shards/store/lmdb/rows',
  'shards/store/lmdb',
  'shards/store/memory',
  'shards/store/snapshot',
  'shards/store/inspection',
  'shards/store/compaction',
  'shards/quarantine',
  'shards/step',
  'shards/ranking/candidates',
  'shards/ranking/scoring',
  'shards/ranking/lists',
  'shards/ranking/reasons',
  'shards/ranking/relations',
  'shards/live',
  'shards/disclosure',
  'shards/segments',
  'shards/overload',
  'shards/shard/lists',
  'shards/shard',
  'shards/retention',
  'shards/replay',
  'shards/worker/chores',
  'shards/worker',
  'shards/reshard',
  'shards/upkeep',
  'shards/owed',
  'shards/pool',
  'shards/learning/serving',
  'shards/learning/progress',
  'shards/learning/training',
  'shards/learning/judging',
  'shards/learning/evaluation',
  'shards/learning/cold',
  'shards/learning/communities',
  'shards/learning/kinds',
  'shards/learning',
  'shards',
  'cluster/placement',
  'cluster/simulation',
  'cluster/engine',
  'cluster/journal',
  'cluster/objects',
  'cluster/catalogue',
  'cluster/membership',
  'cluster/models',
  'cluster/snapshots',
  'cluster/host',
  'cluster/link',
  'cluster/pool',
  'cluster/node',
  'cluster/operator',
  'cluster',
  'gateway/protocol/messages',
  'gateway/protocol',
  'gateway/client/link',
  'gateway/client/events',
  'gateway/client/sessions',
  'gateway/client/lists',
  'gateway/client',
  'gateway/client/react',
  'gateway/client/tags',
  'gateway/client/element',
  'gateway/client/script',
  'gateway/console/elements',
  'gateway/console/pictures',
  'gateway/console/shop',
  'gateway/console/panels',
  'gateway/console/market',
  'gateway/console',
  'gateway/admission',
  'gateway/tracing',
  'gateway/access',
  'gateway/audit',
  'gateway/server/transport',
  'gateway/server/uws',
  'gateway/server/node',
  'gateway/server',
  'gateway/operators',
  'gateway/tiles',
  'gateway/calls',
  'gateway/market',
  'gateway/profiles',
  'gateway/socket/incoming',
  'gateway/socket/outgoing',
  'gateway/socket',
  'gateway/models',
  'gateway/meaning',
  'gateway/snapshots',
  'gateway/http/bodies',
  'gateway/http',
  'gateway/search',
  'gateway/segments',
  'gateway/mcp',
  'gateway/http/ranks',
  'gateway/http/contract',
  'gateway/http/items',
  'gateway/start/process',
  'gateway/start',
  'gateway/stages',
  'gateway/admin',
  'gateway',
  'loadtest/target',
  'loadtest/stream',
  'loadtest/load',
  'loadtest/report',
  'loadtest/replay',
  'loadtest/import',
  'loadtest/profiles',
  'loadtest',
];

/** Rooms that may import less than the order allows: nothing whose path does not begin with one of `only`, nor with one of `never`. */
const DOORS = [
  { within: 'gateway/protocol/', only: ['gateway/protocol/'], isForBrowsers: true },
  { within: 'gateway/client/', only: ['gateway/client/', 'gateway/protocol/'], isForBrowsers: true },
  { within: 'gateway/console/', only: ['gateway/console/', 'gateway/client/index.'], isForBrowsers: true },
  {
    within: 'gateway/',
    only: [
      'gateway/',
      'metrics/',
      'model/',
      'shards/api.',
      'cluster/cluster-api.',
      'cluster/engine/cluster-options.',
    ],
    never: ['gateway/client/', 'gateway/console/', 'model/train/', 'model/eval/'],
  },
  {
    within: 'cluster/',
    only: ['cluster/', 'shards/', 'model/', 'metrics/'],
    never: ['shards/learning/', 'model/train/', 'model/eval/'],
  },
  { within: 'shards/learning/', only: ['shards/', 'model/', 'metrics/'] },
  { within: 'shards/api.', only: ['shards/', 'model/', 'metrics/'] },
  {
    within: 'shards/',
    only: ['shards/', 'model/', 'metrics/'],
    never: ['shards/learning/', 'model/train/', 'model/eval/'],
  },
  { within: 'model/train/', only: ['model/', 'metrics/'] },
  { within: 'model/eval/', only: ['model/', 'metrics/'] },
  { within: 'model/', only: ['model/', 'metrics/'], never: ['model/train/', 'model/eval/'] },
  { within: 'metrics/', only: ['metrics/'] },
  {
    within: 'loadtest/',
    only: ['loadtest/', 'metrics/', 'gateway/client/index.', 'gateway/protocol/', 'model/tables/'],
  },
];

/** Heavy dependencies, and the one file that loads each; others may import its types. */
const OWNERS = {
  'prom-client': 'metrics/registry.ts',
  pino: 'metrics/process/log.ts',
  'cli-progress': 'metrics/process/progress.ts',
  '@huggingface/tokenizers': 'model/encoder/tokenizer.ts',
  'onnxruntime-node': 'model/onnx/native-engine.ts',
  'onnxruntime-web': 'model/onnx/wasm-engine.ts',
  lmdb: 'shards/store/lmdb/commits/lmdb-environment.ts',
  '@btc-vision/uwebsockets.js': 'gateway/server/uws/uws.ts',
  '@nats-io/transport-node': 'cluster/engine/nats-connection.ts',
  '@nats-io/jetstream': 'cluster/journal/stream-doors.ts',
  '@nats-io/kv': 'cluster/membership/kv-bucket.ts',
  '@nats-io/obj': 'cluster/objects/object-bucket.ts',
  'ml-kmeans': 'shards/clusters/shopper-clusters.ts',
  'vader-sentiment': 'gateway/calls/sentiment.ts',
  '@modelcontextprotocol/sdk/server/mcp.js': 'gateway/mcp/mcp-library.ts',
  '@modelcontextprotocol/sdk/server/stdio.js': 'gateway/mcp/mcp-library.ts',
  '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js': 'gateway/mcp/mcp-library.ts',
  'hdr-histogram-js': 'loadtest/load/recorder.ts',
  autocannon: 'loadtest/load/closed-loop.ts',
};

const ROOT = import.meta.dirname;

/** What is wrong with an import of `target` (a path from the root, or a package) by `file`; undefined when nothing is. */
export function importProblem(file, target, isTypeOnly) {
  const door = DOORS.find(({ within }) => file.startsWith(within));
  if (door === undefined) return undefined;
  if (target.startsWith('node:') && door.isForBrowsers)
    return `${door.within} runs in browsers: no ${target}`;
  if (Object.hasOwn(OWNERS, target) && OWNERS[target] !== file && !isTypeOnly)
    return `only ${OWNERS[target]} loads ${target}; go through it`;
  if (!target.includes('/') || !target.endsWith('.js') || /^(?:node:|@)/.test(target)) return undefined;
  if (
    !door.only.some((start) => target.startsWith(start)) ||
    door.never?.some((start) => target.startsWith(start))
  )
    return `${door.within} may import ${door.only.join(', ')} only${door.never ? ` (not ${door.never.join(', ')})` : ''}`;
  const [from, to] = [roomOf(file), roomOf(target)];
  if (ROOMS.includes(from) && ROOMS.includes(to) && ROOMS.indexOf(to) <= ROOMS.indexOf(from))
    return undefined;
  return `${from} may not import ${to}: import-rules.mjs lists the rooms in their one order`;
}

function roomOf(file) {
  return dirname(file);
}

/** The rule, for oxlint. */
const direction = {
  create(context) {
    const file = relative(ROOT, context.filename);
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string') return;
      const target = name.startsWith('.') ? relative(ROOT, resolve(dirname(context.filename), name)) : name;
      const problem = importProblem(file, target, (node.importKind ?? node.exportKind) === 'type');
      if (problem !== undefined) context.report({ node, message: problem });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: 'rooms' }, rules: { direction } };
