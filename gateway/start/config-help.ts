import type { Option } from '../../metrics/process/options.js';
import { envName, flagName, OPTION_GROUPS } from './config.js';

const HEAD = `Usage: npm start -- [flags]

Starts the gateway. When it takes connections it prints one JSON line with "event":"ready" and "url" to stdout; logs go to
stderr. SIGTERM and SIGINT end it in order: connections are told to come back, everything is written, exit code 0.
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
  const shown = unit === undefined ? String(fallback) : `${String(fallback)} ${unit}`;
  return `  ${flagName(key)}, ${envName(key)} (default ${shown})\n      ${help}\n`;
}
