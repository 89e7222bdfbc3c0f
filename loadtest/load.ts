import { writeFile } from 'node:fs/promises';
import type { OptionValues } from '../metrics/process/options.js';
import { realClock } from '../metrics/process/clock.js';
import { runCommand } from '../metrics/process/command-line.js';
import { StartupError } from '../metrics/process/startup-error.js';
import { startProgress } from '../metrics/process/progress.js';
import { loadtestOptions, USUAL } from './load/load-options.js';
import { mayBeSplit, PROFILES, profileHelp, settled, SPLIT_PROFILES } from './profiles/profile.js';
import { offer, type Outcome } from './profiles/offer.js';
import { environment } from './report/environment.js';
import { reportPage } from './report/page.js';
import { judge, readSlo, verdictLines, type Objective } from './report/slo.js';
import { assertReachable } from './target/gateway-http.js';
import { assertOperatorDoor, useOperatorDoor } from './target/operator-asker.js';
import { showToken } from './target/shown-token.js';

const USAGE = `npm run loadtest -- [flags]

Offers clicks to a running gateway on a schedule, whatever it answers, and measures from the time each click was due when the
list that knows it came and when its ack came; with --http, calls and their answers; with --http --max, no schedule: more and
more connections, each of which calls again when its answer is there. Profiles:

${profileHelp()}

Exit code 1 when a promise of --slo was not kept; without --slo, when a click had no list, a call no answer, or no rate was found.
2 for bad arguments. 3 when the client was the limit or the rate was not offered: then the figures are not the server's.`;

type Values = OptionValues<typeof loadtestOptions>;
const CLIENT_LIMIT = 3;

/** What is wrong with flags that do not go together. */
function argumentProblem({
  call,
  connections,
  http,
  max,
  processes,
  profile,
  html,
  events,
  sessions,
}: Values): string | undefined {
  const isHttp = http || profile === 'ads';
  if (call !== undefined && !http) return '--call names an HTTP call: add --http, or leave it out';
  if (max && !http) return '--max finds the highest rate of HTTP calls: add --http, or leave it out';
  if (http && profile !== 'steady' && profile !== 'ramp' && profile !== 'soak')
    return `--http goes with the profiles steady, ramp and soak, not with ${profile}`;
  if (max && html !== undefined) return '--max has no page: leave --html out, or use --profile ramp';
  if (processes > 1 && (isHttp || !mayBeSplit(profile)))
    return `--processes goes with clicks of the profiles ${SPLIT_PROFILES.join(', ')}`;
  if (processes > 1 && events !== undefined)
    return '--events are played by one process, in their order: leave --processes out';
  if (processes > (connections ?? USUAL.connections))
    return '--processes: each needs a connection; name more of them with --connections';
  if (isHttp && events !== undefined) return '--events are clicks of sockets: leave --http out';
  if (events !== undefined && sessions === 'long')
    return '--events have sessions of their own: leave --sessions out';
  return undefined;
}

function objectivesOf({ slo }: Values): readonly Objective[] {
  if (slo === undefined) return [];
  const objectives = readSlo(slo);
  if (typeof objectives === 'string') throw new StartupError('bad_arguments', `--slo: ${objectives}`);
  return objectives;
}

async function run(config: Values): Promise<number> {
  const problem = argumentProblem(config);
  if (problem !== undefined) throw new StartupError('bad_arguments', problem);
  showToken(config.token);
  const objectives = objectivesOf(config);
  useOperatorDoor(config);
  await assertReachable(config.url);
  await assertOperatorDoor();
  const say = (line: string): boolean => process.stdout.write(`${line}\n`);
  const outcome = await offer(settled(config, PROFILES[config.profile]), realClock, { say, startProgress });
  const verdicts = judge(objectives, outcome.figures);
  say(outcome.text);
  if (verdicts.length > 0) say(`\n${verdictLines(verdicts).join('\n')}`);
  await save(config, outcome, verdicts);
  if (outcome.limit !== undefined) return CLIENT_LIMIT;
  if (verdicts.length > 0) return verdicts.every(({ isKept }) => isKept) ? 0 : 1;
  return outcome.isWhole ? 0 : 1;
}

async function save(config: Values, outcome: Outcome, verdicts: ReturnType<typeof judge>): Promise<void> {
  const { json, html, token: _, ...flags } = settled(config, PROFILES[config.profile]);
  const about = { environment: environment(), config: flags };
  if (json !== undefined) {
    const { kind, result } = outcome;
    await writeFile(json, `${JSON.stringify({ kind, result, verdicts, ...about }, null, 2)}\n`);
  }
  if (html === undefined) return;
  await writeFile(html, reportPage({ ...outcome.parts, ...about, profile: outcome.kind, verdicts }));
}

process.exitCode = await runCommand(USAGE, loadtestOptions, process.argv.slice(2), run);
