import { runCommand } from '../metrics/process/command-line.js';
import type { OptionValues } from '../metrics/process/options.js';
import { DOCUMENTED_CLUSTERS } from './simulation/documented-clusters.js';
import { simulationOptions } from './simulation/simulation-options.js';
import { simulationReport } from './simulation/simulation-report.js';

const USAGE = `npm run simulate:cluster -- [flags]

Places partitions on nodes, lets each node die and join, and counts what the clicks of a second cost when every owner tells them to
all other nodes. In memory, without a server; the figures are exact and the same each time. Prints the table of docs/CLUSTER.md.`;

async function simulate({ nodes, ...rest }: OptionValues<typeof simulationOptions>): Promise<number> {
  const clusters = nodes === undefined ? DOCUMENTED_CLUSTERS : [{ nodes, users: 100_000, ...rest }];
  process.stdout.write(`${simulationReport(clusters)}\n`);
  return 0;
}

process.exitCode = await runCommand(USAGE, simulationOptions, process.argv.slice(2), simulate);
