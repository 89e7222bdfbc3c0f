import { z } from 'zod';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions } from '../../metrics/process/options.js';
import { CLUSTER_FAULTS } from './run/cluster-faults.js';
import { playClusterRounds } from './run/cluster-rounds.js';

const USAGE = `npm run test:cluster -- [flags]

Three gateways and three NATS servers on loopback; clients at any of the gateways write down what they send and what is acknowledged. A
round is a fault under load; after it every acknowledged event has to be in the streams once and in order. Exit code 1 when
one is not; 2 for bad arguments.

Faults:
${CLUSTER_FAULTS.map(({ name }) => `  ${name}`).join('\n')}`;

const options = defineOptions({
  seed: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: 1,
    help: 'Seed: the same one brings the same faults in the same order.',
  },
  rounds: {
    schema: z.coerce.number().int().positive().max(1_000_000),
    fallback: 6,
    unit: 'rounds',
    help: 'How many faults, each followed by a look at ledgers and streams.',
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const code = await runCommand(USAGE, options, process.argv.slice(2), async (plan) => {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const { rounds, acknowledged, lost, double, gaps, listsBackMs, failures } = await playClusterRounds(
    plan,
    say,
  );
  for (const words of failures) process.stdout.write(`FAILED, seed ${plan.seed}, ${words}\n`);
  process.stdout.write(
    `${rounds} rounds, ${acknowledged} acknowledged, ${lost} lost, ${double} double, ${gaps} gaps; lists back p99 ${listsBackMs} ms\n`,
  );
  return failures.length > 0 ? 1 : 0;
});
// Sockets of helpers may linger; all that matters was said.
process.exit(code);
