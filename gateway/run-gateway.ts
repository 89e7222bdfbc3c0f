import { programVersion } from '../metrics/program/program-version.js';
import { asksForVersion, asksForHelp, loggable, readConfig, helpText } from './start/config.js';
import { type RunningGateway, startService } from './service.js';
import { hasStyles, readyScreen } from './start/ready-screen.js';
import { isRunByNpm, NPM_TWIN_MS } from './start/process/npm-signals.js';
import { endWithProblems, ProcessEnd } from './start/process/process-end.js';
import type { Config } from './start/config.js';
import { createLog, type Log } from '../metrics/process/log.js';
import { COUNTER } from '../metrics/table.js';
import { ThreadStats } from '../metrics/thread-stats.js';

/** The program: prints the help, or starts the gateway and says when it is ready. `argv` are flags alone. */
export async function runGateway(argv: readonly string[]): Promise<void> {
  if (asksForHelp(argv)) process.stdout.write(helpText());
  else if (asksForVersion(argv)) process.stdout.write(`${programVersion()}\n`);
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
  // Whoever sits before it sees the screen: of a start that goes well there is nothing else to say.
  if (isWatched() && log.level === 'info') log.level = 'warn';
  log.info({ config: loggable(config) }, 'starting');
  surviveWriters(log);
  const service = await startService(config, { log, stats }, end).catch((error: unknown) =>
    end.startFailed(error),
  );
  if (!end.own(service.end)) return;
  log.level = config.logLevel;
  process.stdout.write(isWatched() ? screenOf(service, config) : readyLine(service, config));
}

function isWatched(): boolean {
  return process.stdout.isTTY && process.stderr.isTTY;
}

function readyLine({ url, model }: RunningGateway, { shards }: Config): string {
  const startMs = Math.round(performance.now());
  return `${JSON.stringify({ event: 'ready', url, pid: process.pid, shards, model, startMs })}\n`;
}

function screenOf(service: RunningGateway, { shards }: Config): string {
  return readyScreen({ ...service, version: programVersion(), shards }, hasStyles(process.env));
}

/** Standard output without room or reader is no reason to end. */
function surviveWriters(log: Log): void {
  process.stdout.on('error', (err) => log.warn({ err }, 'standard output cannot be written'));
  process.stderr.on('error', () => undefined);
}
