import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ClusterOperator, ClusterState, NodeState } from '../../cluster/cluster-api.js';
import { Refusal } from '../../shards/api.js';
import type { Config } from '../start/config.js';
import { configOf, EXIT, type CommandContext } from './command-context.js';

interface Common {
  readonly json?: true;
}

interface Waiting extends Common {
  readonly seconds: number;
}

type Done = (code: number) => void;

/** What is done once the cluster has been looked at; `say` is for a line that stands in place of the state. */
type Work<O> = (cluster: ClusterOperator, config: Config, options: O) => Promise<Outcome>;

interface Outcome {
  readonly state: ClusterState;
  /** What was done, or what has not happened in time. */
  readonly words?: string;
  /** False when it was not reached in time. */
  readonly isReached?: boolean;
}

/** `cluster …`: what an operator sees and says of the nodes of a cluster while they serve. */
export function addCluster(program: Command, context: CommandContext, done: Done): void {
  const cluster = program
    .command('cluster')
    .description(
      'Shows the nodes of a cluster, and says what they are to do (docs/CLUSTER.md). They go on serving; AFTERCLICK_CLUSTER and what goes with it is read from the environment.',
    );
  const run =
    <O extends Common>(work: Work<O>) =>
    async (options: O): Promise<void> =>
      done(await withCluster(context, options, work));

  command(cluster, 'status')
    .description(
      'Who is there, what was said of them, and which partitions they serve. Exit code 3 when a partition is served by nobody.',
    )
    .action(run<Common>(async (operator) => ({ state: await operator.state() })));
  waiting(command(cluster, 'drain'))
    .description(
      'A node gives its partitions away and takes none; it goes on serving any shopper. Waits until it has none.',
    )
    .argument('[node]', 'its name (default: AFTERCLICK_CLUSTER_NODE)')
    .option('--restart', 'until it is started again, as before a restart; else until admit')
    .action((node: string | undefined, options: Waiting & { readonly restart?: true }) =>
      run<typeof options>((operator, config) => drain(operator, node ?? config.clusterNode, options))(
        options,
      ),
    );
  waiting(command(cluster, 'evict'))
    .description(
      'A node is out until admit: it serves nothing and counts for no majority. For one that is gone, or that hangs. Waits until others serve what it had.',
    )
    .argument('<node>', 'its name')
    .option('--force', 'also one that is heard: what it is doing is not waited for')
    .option('--gone', 'it does not come back: its name is forgotten')
    .action((node: string, options: Waiting & EvictFlags) =>
      run<typeof options>((operator) => evict(operator, node, options))(options),
    );
  command(cluster, 'admit')
    .description('A node that was draining or evicted is a member again, and takes its share.')
    .argument('<node>', 'its name')
    .action((node: string, options: Common) => run((operator) => admit(operator, node))(options));
  waiting(command(cluster, 'move'))
    .description(
      'A partition goes to a node, and stays there while that one may have it. Waits until it serves it.',
    )
    .argument('<partition>', 'its number, from 0')
    .argument('[node]', 'where to; without, to where its placement says')
    .action((partition: string, node: string | undefined, options: Waiting) =>
      run<Waiting>((operator) => move(operator, partition, node, options))(options),
    );
}

function command(parent: Command, name: string): Command {
  return parent.command(name).option('--json', 'say it as JSON');
}

function waiting(of: Command): Command {
  return of.option('--seconds <number>', 'how long to wait; 0: not at all', Number, 60);
}

async function withCluster<O extends Common>(
  context: CommandContext,
  options: O,
  work: Work<O>,
): Promise<number> {
  const config = configOf(context, {});
  if (config.cluster === '')
    throw new Refusal(
      'no cluster is named: set AFTERCLICK_CLUSTER to the addresses of its NATS servers, as its nodes have it',
    );
  const { ClusterOperator } = await import('../../cluster/cluster-api.js');
  const operator = await ClusterOperator.open(config, { pause: (ms) => pause(ms) });
  try {
    const { state, words, isReached = state.unowned.length === 0 } = await work(operator, config, options);
    if (options.json)
      context.say(JSON.stringify({ ...state, ...(words !== undefined && { words }) }, null, 2));
    else for (const line of [...(words === undefined ? [] : [words]), ...linesOf(state)]) context.say(line);
    return isReached ? EXIT.done : EXIT.broken;
  } finally {
    await operator.stop();
  }
}

async function drain(
  operator: ClusterOperator,
  node: string,
  { seconds, restart }: Waiting & { readonly restart?: true },
): Promise<Outcome> {
  const before = await known(operator, node);
  const others = before.nodes.filter((one) => one.node !== node && one.isHeard && one.mark === 'member');
  if (others.length === 0 && owned(before, node).length > 0)
    throw new Refusal(`no other member is heard that could take the partitions of ${node}`);
  await operator.mark(node, restart ? 'leaving' : 'draining');
  const state = await operator.until((now) => owned(now, node).length === 0, seconds);
  const left = owned(state, node);
  if (left.length === 0) return { state, isReached: true, words: `${node} serves no partition` };
  const words = `${node} still serves ${left.join(', ')}: it goes on giving them away`;
  return { state, isReached: seconds === 0, words };
}

interface EvictFlags {
  readonly force?: true;
  readonly gone?: true;
}

async function evict(
  operator: ClusterOperator,
  node: string,
  { seconds, force, gone }: Waiting & EvictFlags,
): Promise<Outcome> {
  const before = await known(operator, node);
  if (find(before, node)?.isHeard && !force)
    throw new Refusal(`${node} is heard: drain it, stop it, or say --force`);
  if (gone) await operator.forget(node);
  else await operator.mark(node, 'evicted');
  const state = await operator.until(({ unowned }) => unowned.length === 0, seconds);
  const words = `${node} is ${gone ? 'forgotten' : 'evicted'}`;
  return { state, words, isReached: state.unowned.length === 0 || seconds === 0 };
}

async function admit(operator: ClusterOperator, node: string): Promise<Outcome> {
  await known(operator, node);
  await operator.mark(node, 'member');
  return { state: await operator.state(), isReached: true, words: `${node} is a member` };
}

async function move(
  operator: ClusterOperator,
  text: string,
  node: string | undefined,
  { seconds }: Waiting,
): Promise<Outcome> {
  const before = node === undefined ? await operator.state() : await known(operator, node);
  const partition = Number(text);
  if (!/^\d+$/.test(text) || partition >= before.partitions)
    throw new Refusal(`there is no partition ${text}: they are 0 to ${before.partitions - 1}`);
  const { isHeard, mark } = find(before, node ?? '') ?? { isHeard: true, mark: 'member' };
  if (!isHeard || mark !== 'member')
    throw new Refusal(`${node} cannot take a partition: it is ${isHeard ? mark : 'not heard'}`);
  await operator.move(partition, node);
  if (node === undefined)
    return {
      state: await operator.state(),
      isReached: true,
      words: `${partition} goes to where its placement says`,
    };
  const state = await operator.until((now) => owned(now, node).includes(partition), seconds);
  const isReached = owned(state, node).includes(partition);
  const words = isReached ? `${node} serves ${partition}` : `${node} does not serve ${partition} yet`;
  return { state, words, isReached: isReached || seconds === 0 };
}

/** The cluster as it is. Rejects with a `Refusal` when it has no such node. */
async function known(operator: ClusterOperator, node: string): Promise<ClusterState> {
  const state = await operator.state();
  if (find(state, node) !== undefined) return state;
  const names = state.nodes.map((one) => one.node).join(', ');
  throw new Refusal(`${state.cluster} has no node ${node || 'without a name'}; it has ${names || 'none'}`);
}

function find({ nodes }: ClusterState, node: string): NodeState | undefined {
  return nodes.find((one) => one.node === node);
}

function owned(state: ClusterState, node: string): readonly number[] {
  return find(state, node)?.owns ?? [];
}

function linesOf({ cluster, partitions, nodes, unowned, moved, hasMajority }: ClusterState): string[] {
  return [
    `${cluster}: ${partitions} partitions, ${nodes.length} nodes`,
    ...nodes.map(
      ({ node, mark, isHeard, owns, address }) =>
        `  ${node}: ${mark}, ${isHeard ? `at ${address}` : 'not heard'}, serves ${owns.length === 0 ? 'nothing' : owns.join(', ')}`,
    ),
    ...moved.map(({ partition, node }) => `  partition ${partition} was moved to ${node}`),
    ...(unowned.length > 0 ? [`  nobody serves ${unowned.join(', ')}`] : []),
    ...(hasMajority
      ? []
      : [
          '  no majority is heard: no partition is taken over until nodes come back, or those that are gone are evicted',
        ]),
  ];
}
