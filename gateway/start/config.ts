import { NPM_HINT } from '../../metrics/process/command-line.js';
import { type Option, type OptionValues, optionProblem } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { isServiceVariable } from './service-variables.js';
import { clusterOptions } from '../../cluster/engine/cluster-options.js';
import { modelOptions } from '../../model/bundle/model-options.js';
import { gatewayOptions } from './gateway-options.js';
import { shardOptions } from '../../shards/api.js';
import { metricsOptions } from '../../metrics/process/log.js';

/** Options of all folders, by folder; keys are unique over all of them. */
export const OPTION_GROUPS = {
  gateway: gatewayOptions,
  shards: shardOptions,
  cluster: clusterOptions,
  model: modelOptions,
  metrics: metricsOptions,
} as const;
const ALL_OPTIONS = {
  ...gatewayOptions,
  ...shardOptions,
  ...clusterOptions,
  ...modelOptions,
  ...metricsOptions,
};

/** The values of all options: parsed once, frozen. */
export type Config = OptionValues<typeof ALL_OPTIONS>;
type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'AFTERCLICK_';

/** `dataDir` → `AFTERCLICK_DATA_DIR`. */
export function envName(key: string): string {
  return PREFIX + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** `dataDir` → `--data-dir`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A text that was given for an option, and by what. */
interface Given {
  readonly text: string;
  readonly by: string;
}

const KEYS = Object.keys(ALL_OPTIONS) as (keyof Config)[];
const KEY_BY_FLAG = new Map<string, string>(KEYS.map((key) => [flagName(key), key]));
const KEY_BY_ENV = new Map<string, string>(KEYS.map((key) => [envName(key), key]));

/** True when help is asked for. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/** True when the version is asked for. */
export function asksForVersion(argv: readonly string[]): boolean {
  return argv.includes('--version') || argv.includes('-v');
}

/**
 * Reads the command line, then the environment, then the fallbacks.
 * Throws `StartupError` `config_invalid` that lists all problems: unknown names with the nearest known one, and bad values.
 */
export function readConfig(argv: readonly string[], env: Environment): Config {
  const problems: string[] = [];
  const given = new Map<string, Given>([...fromEnvironment(env, problems), ...fromFlags(argv, problems)]);
  const values: Record<string, unknown> = {};
  for (const key of KEYS) values[key] = valueOf(ALL_OPTIONS[key], given.get(key), problems);
  if (problems.length > 0) throw new StartupError('config_invalid', [...problems, 'see npm start -- --help']);
  return Object.freeze(values) as Config;
}

/** The configuration as it may be logged. */
export function loggable(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    KEYS.map((key) => [key, (ALL_OPTIONS[key] as Option).secret === true ? '***' : config[key]]),
  );
}

function valueOf(option: Option, given: Given | undefined, problems: string[]): unknown {
  if (given === undefined) return option.fallback;
  const parsed = option.schema.safeParse(given.text);
  if (parsed.success) return parsed.data;
  const shown = option.secret === true ? '***' : `"${given.text}"`;
  problems.push(`${given.by}: ${optionProblem(parsed.error)}, given ${shown}`);
  return undefined;
}

/** A variable that is set to nothing counts as not set, and so does what Kubernetes sets beside a service. */
function fromEnvironment(env: Environment, problems: string[]): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue;
    if (isServiceVariable(name, text)) continue;
    const key = KEY_BY_ENV.get(name);
    if (key === undefined) problems.push(unknown('variable', name, [...KEY_BY_ENV.keys()]));
    else given.set(key, { text, by: name });
  }
  return given;
}

/** `--port 80` and `--port=80`; the last one counts. */
function fromFlags(argv: readonly string[], problems: string[]): Map<string, Given> {
  const given = new Map<string, Given>();
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = splitOnce(argv[i]);
    const key = KEY_BY_FLAG.get(flag);
    const isFollowed = inline === undefined && i + 1 < argv.length && !argv[i + 1].startsWith('--');
    const text = isFollowed ? argv[++i] : (inline ?? bareOf(key));
    if (!flag.startsWith('-')) problems.push(`"${flag}" belongs to no flag; ${NPM_HINT}`);
    else if (key === undefined) problems.push(unknown('flag', flag, [...KEY_BY_FLAG.keys()]));
    else if (text === undefined || text === '') problems.push(`${flag}: a value is missing`);
    else given.set(key, { text, by: flag });
  }
  return given;
}

function bareOf(key: string | undefined): string | undefined {
  return key === undefined ? undefined : (ALL_OPTIONS[key as keyof Config] as Option).bare;
}

function splitOnce(argument: string): [flag: string, inline: string | undefined] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const near = closest(name, known);
  return `unknown ${what} ${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** Edits after which a name is not taken for a slip any more. */
const EDITS_MAX = 4;

/** The known name with the fewest edits from `name`; undefined when none is near. */
function closest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestEdits = EDITS_MAX + 1;
  for (const candidate of known) {
    const edits = editCount(name, candidate);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

/** Levenshtein's distance. */
function editCount(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j] + 1, row[j - 1] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}

const HEAD = `Usage: npm start -- [flags]

Starts the gateway. When it takes connections it prints one JSON line with "event":"ready" and "url" to stdout; logs go to
stderr. SIGTERM and SIGINT end it in order: load balancers hear of it, all that was taken is answered, connections are told
to come back, everything is written, exit code 0. A second one cuts that short (130).
On a terminal a screen for people takes the place of that line. --version prints the version.
A flag wins over its environment variable.
`;

/** The text of `--help`: every option with flag, variable, default, unit and what it does. */
export function helpText(): string {
  const groups = Object.entries(OPTION_GROUPS).map(([name, options]) => {
    const entries = Object.entries(options as Readonly<Record<string, Option>>).map(([key, option]) =>
      entry(key, option),
    );
    return `${name}:\n${entries.join('')}`;
  });
  return `${HEAD}\n${groups.join('\n')}`;
}

function entry(key: string, { fallback, unit, help }: Option): string {
  const value = fallback === '' ? 'none' : String(fallback);
  const shown = unit === undefined ? value : `${value} ${unit}`;
  return `  ${flagName(key)}, ${envName(key)} (default ${shown})\n      ${help}\n`;
}
