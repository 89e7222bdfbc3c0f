import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { programVersion } from '../program/program-version.js';
import { StartupError } from './startup-error.js';
import { systemProblem } from './system-problem.js';
import { type Options, type OptionValues, optionProblem } from './options.js';

/** What a command line says: the options' values, a wish for help, or everything that is wrong with it. */
export type CommandLine<O> =
  | { readonly kind: 'values'; readonly values: OptionValues<O> }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] };

/** npm keeps `--rate 500` for itself and hands on 500. */
export const NPM_HINT = 'npm hands on only those flags that stand behind --, as in npm start -- --port 9000';

/**
 * Reads `argv` (without node and script) as `--key value` or `--key=value`; boolean options need no value, and an option
 * that falls back to '' must be given.
 */
export function parseCommandLine<O extends Options>(options: O, argv: readonly string[]): CommandLine<O> {
  const { values: given, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
      ...flagTypes(options),
    },
  });
  if (given.help === true) return { kind: 'help' };
  if (given.version === true) return { kind: 'version' };
  const operand = Object.keys(options).find((key) => options[key].isOperand === true);
  if (operand !== undefined && positionals.length > 0) given[flagOf(operand)] = positionals.shift();
  const problems = positionals.map((text) => `"${text}" belongs to no flag; ${strayHint(text)}`);
  const keys = new Map(Object.keys(options).map((key) => [flagOf(key), key]));
  for (const flag of Object.keys(given))
    if (!keys.has(flag)) problems.push(`--${flag} is unknown; --help lists the flags`);
  const values: Record<string, unknown> = {};
  for (const [flag, key] of keys) {
    const text = given[flag];
    const parsed = text === undefined ? undefined : options[key].schema.safeParse(String(text));
    values[key] = parsed === undefined ? options[key].fallback : parsed.data;
    if (text === undefined && options[key].fallback === '')
      problems.push(`${nameOf(options, key)} is missing: ${options[key].help}`);
    if (text === true && !isSwitch(options, key)) problems.push(`--${flag} needs a value`);
    else if (parsed?.success === false)
      problems.push(`--${flag} ${String(text)}: ${optionProblem(parsed.error)}`);
  }
  return problems.length > 0
    ? { kind: 'problems', problems }
    : { kind: 'values', values: values as OptionValues<O> };
}

/** `--help`: usage, then one line for each option with its default. */
export function helpText(usage: string, options: Options): string {
  const rows = Object.entries(options).map(([key, option]) => {
    const value = isSwitch(options, key) ? '' : ` ${option.unit ?? 'VALUE'}`;
    const fallback =
      option.fallback === undefined ||
      option.fallback === '' ||
      typeof option.fallback === 'boolean' ||
      typeof option.fallback === 'object'
        ? ''
        : ` [${String(option.fallback)}]`;
    const name = option.isOperand === true ? nameOf(options, key) : `--${flagOf(key)}${value}`;
    return [`  ${name}`, `${option.help}${fallback}`];
  });
  const width = Math.max(...rows.map(([flag]) => flag.length)) + 2;
  return `${usage}\n\n${rows.map(([flag, help]) => flag.padEnd(width) + help).join('\n')}\n`;
}

/**
 * Runs a command: `--help` prints to stdout and gives 0; bad arguments are all told in one message and give 2; else the exit
 * code is what `action` resolves to, or when it rejects, with its message, 2 for a `StartupError` and 1 for all else.
 */
export async function runCommand<O extends Options>(
  usage: string,
  options: O,
  argv: readonly string[],
  action: (values: OptionValues<O>) => Promise<number>,
): Promise<number> {
  const line = parseCommandLine(options, argv);
  if (line.kind === 'help' || line.kind === 'version') {
    process.stdout.write(line.kind === 'help' ? helpText(usage, options) : `${programVersion()}\n`);
    return 0;
  }
  const problems = line.kind === 'problems' ? line.problems : outputProblems(options, line.values);
  if (line.kind === 'problems' || problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n`);
    return 2;
  }
  try {
    return await action(line.values);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return error instanceof StartupError ? 2 : 1;
  }
}

/** What is wrong with the files that are to be written: found before hours of work, not behind them. */
function outputProblems<O extends Options>(options: O, values: OptionValues<O>): string[] {
  return Object.entries(values).flatMap(([key, path]) => {
    if (options[key].isOutputFile !== true || typeof path !== 'string') return [];
    const problem = outputFileProblem(path);
    return problem === undefined ? [] : [`--${flagOf(key)}: ${problem}`];
  });
}

/** Why no file can be written at `path`, with what to do; undefined when one can, as far as can be told without writing it. */
export function outputFileProblem(path: string): string | undefined {
  const folder = dirname(resolve(path));
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return `${path} is a folder: name a file`;
    accessSync(found === undefined ? folder : path, constants.W_OK);
    return undefined;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing
      ? `there is no folder ${folder}: make it, or name another file`
      : `${path} cannot be written: ${systemProblem(error) ?? (error as Error).message}`;
  }
}

/** `fetch` hides what went wrong in the cause, and who called it may have wrapped that once more. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  let root = error;
  while (root.cause instanceof Error) root = root.cause;
  return error.message.includes(root.message) ? error.message : `${error.message}: ${root.message}`;
}

function flagTypes(options: Options): Record<string, { type: 'boolean' | 'string' }> {
  return Object.fromEntries(
    Object.keys(options).map((key) => [flagOf(key), { type: isSwitch(options, key) ? 'boolean' : 'string' }]),
  );
}

/** What a value is called on the command line. */
function nameOf(options: Options, key: string): string {
  return options[key].isOperand === true ? (options[key].unit ?? 'VALUE') : `--${flagOf(key)}`;
}

function strayHint(text: string): string {
  return /^[^=]+=[^=]+$/.test(text) ? 'separate pairs by commas, as in a=b,c=d' : NPM_HINT;
}

function isSwitch(options: Options, key: string): boolean {
  return typeof options[key].fallback === 'boolean';
}

function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
