import { spawnSync } from 'node:child_process';

const ADVICE =
  'Prometheus is not installed: on Debian and Ubuntu `apt-get install --no-install-recommends prometheus` has promtool and prometheus';

/** Runs promtool and gives what it printed. Throws when it fails, and says what to install when it is not there. */
export function promtool(options: readonly string[], input = ''): string {
  const { error, status, stdout, stderr } = spawnSync('promtool', options, { input, encoding: 'utf8' });
  if (error !== undefined) throw new Error(ADVICE, { cause: error });
  if (status !== 0)
    throw new Error(`promtool ${options.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}
