import { runCommand } from '../../metrics/process/command-line.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { nemesisOptions } from './nemesis-options.js';
import { type Fault, FAULTS } from './run/faults.js';
import { playMutants } from './run/mutant-run.js';
import { playRounds } from './run/nemesis-run.js';

const USAGE = `npm run test:fault -- [flags]

Clients write down what they send and what is acknowledged; the gateway is killed, stopped, starved of disk, and its shards
crash; after each fault ledgers, journals and states are compared. Exit code 1 when something acknowledged is lost, double, out
of order, or not in the states; 2 for bad arguments.

Faults:
${FAULTS.map(({ name }) => `  ${name}`).join('\n')}`;

function faultsOf(only: string | undefined): readonly Fault[] {
  if (only === undefined) return FAULTS;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0)
    throw new StartupError(
      'options_invalid',
      `--only: there is no fault ${unknown.join(', ')}; --help lists them`,
    );
  return FAULTS.filter(({ name }) => names.includes(name));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const code = await runCommand(
  USAGE,
  nemesisOptions,
  process.argv.slice(2),
  async ({ seed, rounds, only, mutants }) => {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    if (mutants) {
      const { found, all } = await playMutants(seed, only?.split(','), say);
      process.stdout.write(`${found} of ${all} mutants found\n`);
      return found === all ? 0 : 1;
    }
    const result = await playRounds({ seed, rounds, faults: faultsOf(only) }, say);
    const { acknowledged, lost, double, outOfOrder, starts, failures } = result;
    for (const words of failures) process.stdout.write(`FAILED, seed ${seed}, ${words}\n`);
    process.stdout.write(
      `${starts} starts\n${result.rounds} rounds, ${acknowledged} acknowledged, ${lost} lost, ${double} double, ${outOfOrder} out of order\n`,
    );
    return failures.length > 0 ? 1 : 0;
  },
);
// Sockets of helpers may linger; all that matters was said.
process.exit(code);
