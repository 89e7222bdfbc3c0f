import { asksForHelp, loggable, readConfig, helpText } from './start/config.js';
import { startService } from './service.js';
import { isRunByNpm, NPM_TWIN_MS } from './start/npm-signals.js';
import { endWithProblems, ProcessEnd } from './start/process-end.js';
import type { Config } from './start/config.js';
import { createLog, type Log } from '../metrics/process/log.js';
import { COUNTER } from '../metrics/table.js';
import { ThreadStats } from '../metrics/thread-stats.js';

/** The program: prints the help, or starts the gateway and says when it is ready. `argv` are flags alone. */
export async function runGateway(argv: readonly string[]): Promise<void> {
  if (asksForHelp(argv)) process.stdout.write(helpText());
  else await run(configured(argv));
}

function configured(argv: readonly string[]): Config {
  try {
    return readConfig(argv, process.env);
  } catch (error) {
    return endWithProblems(error);
  }
}

async function run(config: Config): Promise<void> {
  const stats = ThreadStats.create();
  const log = createLog({
    level: config.logLevel,
    lost: (lines) => stats.count(COUNTER.logLinesLost, lines),
  });
  const end = new ProcessEnd(log, isRunByNpm(process.env) ? NPM_TWIN_MS : 0);
  log.info({ config: loggable(config) }, 'starting');
  surviveWriters(log);
  const service = await startService(config, { log, stats }, end).catch((error: unknown) =>
    end.startFailed(error),
  );
  if (!end.own(service.end)) return;
  const ready = {
    event: 'ready',
    url: service.url,
    pid: process.pid,
    shards: config.shards,
    model: service.model,
    startMs: Math.round(performance.now()),
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** Standard output without room or reader is no reason to end. */
function surviveWriters(log: Log): void {
  process.stdout.on('error', (err) => log.warn({ err }, 'standard output cannot be written'));
  process.stderr.on('error', () => undefined);
}
