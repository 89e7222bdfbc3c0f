import { writeFileSync } from 'node:fs';
import { runCommand } from '../../metrics/process/command-line.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Attack } from './attacks/attack.js';
import { ATTACKS } from './attacks/all-attacks.js';
import { hostileOptions } from './hostile-options.js';
import { planBouts } from './run/bout-plan.js';
import { HostileRun, REST_MS } from './run/hostile-run.js';
import { reportText } from './run/report.js';
import { failures } from './run/verdict.js';

const USAGE = `npm run test:hostile -- [flags]

Starts the built gateway, lets 50 honest shoppers use it for half of the time alone and for the other half beside a hostile
client, kills it, starts it again, and says what came of it. Exit code 1 when a promise was broken, 2 for bad arguments.

Attacks:
${ATTACKS.map(({ name, what }) => `  ${name.padEnd(20)}${what}`).join('\n')}`;

function attacksOf(only: string | undefined): readonly Attack[] {
  if (only === undefined) return ATTACKS;
  const names = only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ATTACKS.some((attack) => attack.name === name));
  if (unknown.length > 0)
    throw new StartupError(
      'options_invalid',
      `--only: there is no attack ${unknown.join(', ')}; --help lists them`,
    );
  return ATTACKS.filter(({ name }) => names.includes(name));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const code = await runCommand(
  USAGE,
  hostileOptions,
  process.argv.slice(2),
  async ({ seed, minutes, only, slackMs, json }) => {
    const halfMs = (minutes * 60_000) / 2;
    const plan = planBouts({ attacks: attacksOf(only), seed, totalMs: halfMs, restMs: REST_MS });
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const run = await HostileRun.play(plan, { seed, quietMs: halfMs }, say);
    if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, minutes, run }, null, 2)}\n`);
    process.stdout.write(`${reportText(run, slackMs)}\n`);
    return failures(run, slackMs).length > 0 ? 1 : 0;
  },
);
// Sockets of helpers may linger; all that matters was said.
process.exit(code);
