import { writeFile } from 'node:fs/promises';
import { realClock } from '../metrics/process/clock.js';
import type { OptionValues } from '../metrics/process/options.js';
import { runCommand } from '../metrics/process/command-line.js';
import { environment } from './report/environment.js';
import { startProgress } from '../metrics/process/progress.js';
import { assertReachable } from './target/gateway-http.js';
import { assertOperatorDoor, useOperatorDoor } from './target/operator-asker.js';
import { readRecording } from './replay/recorded-tables.js';
import { replayOptions } from './replay/replay-options.js';
import { replayReport } from './replay/replay-report.js';
import { runReplay } from './replay/replay-run.js';

const USAGE = `npm run replay -- --events FILE --items FILE [flags]

Puts recorded items into a running gateway's catalogue, plays recorded events to it over real sockets, and tells latencies, a list
before and after a click, and how often the next click was in the list that had just been pushed, beside popularity baselines.
Events carry no ts: the server's clock applies, as the contract takes none older than 30 days. For comparable figures start the
gateway on an empty data folder. Exit code 1 when an event had no list, 2 for bad arguments.`;

async function replay(config: OptionValues<typeof replayOptions>): Promise<number> {
  useOperatorDoor(config);
  const { events, items, report } = await readRecording(config, config);
  process.stderr.write(`${report.text().join('\n')}\n`);
  await assertReachable(config.url);
  await assertOperatorDoor();
  const prefix = config.prefix ?? `${Math.floor(realClock.nowMs() / 1_000).toString(36)}-`;
  const result = await runReplay({ ...config, prefix }, { items, events }, realClock, (total) =>
    startProgress('events', total),
  );
  const titles = new Map(items.map((item) => [item.id, item.title ?? `item ${item.id}`]));
  process.stdout.write(`${replayReport(result, (item) => titles.get(item) ?? `item ${item}`)}\n`);
  if (config.json !== undefined) {
    const { json, ...flags } = config;
    const outcome = { kind: 'replay', result, environment: environment(), config: { ...flags, prefix } };
    await writeFile(json, `${JSON.stringify(outcome, null, 2)}\n`);
  }
  return result.missingLists > 0 ? 1 : 0;
}

process.exitCode = await runCommand(USAGE, replayOptions, process.argv.slice(2), replay);
