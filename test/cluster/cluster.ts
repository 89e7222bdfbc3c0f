import { resolve } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions } from '../../metrics/process/options.js';
import { CLUSTER_FAULTS } from './run/cluster-faults.js';
import { playClusterRounds } from './run/cluster-rounds.js';
import { checkForeignContract } from './run/foreign-contract.js';
import { MUTANTS, type Mutant } from './run/mutants.js';

const USAGE = `npm run test:cluster -- [flags]

Three machines with a gateway and a NATS server each, as network namespaces with a disk of their own; clients at any of the gateways write down what they
send and what is acknowledged. Needs root. A round is a fault under load; after it every acknowledged event has to be in the streams once and in order. Exit code 1 when
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
  fault: {
    schema: z.string(),
    fallback: 'all',
    help: 'Only faults whose names have one of these words, separated by commas.',
  },
  contract: {
    schema: z.string(),
    fallback: 'none',
    help: 'No rounds: this check of the contract is run on a gateway that owns nothing of what it asks for.',
  },
  listsBackMaxMs: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: 0,
    unit: 'ms',
    help: 'Fails when lists are away longer, p99 over all rounds; 0: no bound, as on a machine with much else to do.',
  },
  mutant: {
    schema: z.enum(Object.keys(MUTANTS) as [Mutant, ...Mutant[]]),
    fallback: 'none',
    help: 'What is made wrong, so that the run has to fail: appends that nothing fences, NATS servers that do not sync, streams led beside the owner (with lists-back-max-ms), owners that leave out an event, or journals that end at what cannot be read.',
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const code = await runCommand(USAGE, options, process.argv.slice(2), async (plan) => {
  if (plan.contract !== 'none') return checkForeignContract(resolve(plan.contract));
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
