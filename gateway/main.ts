import { asksForHelp, loggable, readConfig, helpText } from './start/config.js';
import { startService } from './service.js';
import { endWithProblems, ProcessEnd } from './start/process-end.js';
import type { Config } from './start/config.js';
import { createLog } from '../metrics/process/log.js';

const argv = process.argv.slice(2);
if (asksForHelp(argv)) process.stdout.write(helpText());
else await run(configured());

function configured(): Config {
  try {
    return readConfig(argv, process.env);
  } catch (error) {
    return endWithProblems(error);
  }
}

async function run(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel });
  const end = new ProcessEnd(log);
  log.info({ config: loggable(config) }, 'starting');
  const service = await startService(config, log, end).catch((error: unknown) => end.startFailed(error));
  if (!end.own(service)) return;
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
