import { runCommand } from '../../metrics/process/command-line.js';
import { fuzzOptions } from './fuzz-options.js';
import { playFuzz } from './run/fuzz-run.js';
import { verdictOf } from './run/fuzz-verdict.js';

const USAGE = `npm run test:fuzz -- [flags]

Sends mutated frames and requests (MessagePack, JSON, HTTP) to the built gateway. Exit code 1 when it crashed, went silent, said that
something of its own went wrong, or took more and more memory; 2 for bad arguments.`;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const code = await runCommand(USAGE, fuzzOptions, process.argv.slice(2), async ({ seed, count }) => {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const result = await playFuzz({ seed, count }, say);
  const { problems, line } = verdictOf(result);
  for (const words of problems) process.stdout.write(`FAILED, seed ${seed}, ${words}\n`);
  process.stdout.write(`${line}\n`);
  return problems.length > 0 ? 1 : 0;
});
// Sockets may linger; all that matters was said.
process.exit(code);
