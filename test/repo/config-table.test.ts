import { expect, test } from 'vitest';
import { envName, flagName, OPTION_GROUPS } from '../../gateway/start/config.js';
import type { Option } from '../../metrics/process/options.js';
import { marked, textOf } from '../support/markdown.js';

/** Defaults that depend on the machine, as people should read them. */
const COMPUTED: Readonly<Record<string, string>> = {
  shards: 'cores − 1, at least 1',
  encoder: '`model/encoders/minilm`',
  bundle: '`model/bundles/demo`',
  bundlesDir: '`model/bundles`',
};

function row([key, { fallback, unit, help }]: [string, Option]): string {
  const value =
    COMPUTED[key] ??
    (fallback === '' ? 'none' : `\`${String(fallback)}\`${unit === undefined ? '' : ` ${unit}`}`);
  return `| \`${envName(key)}\` | \`${flagName(key)}\` | ${value} | ${help.replaceAll('|', String.raw`\|`)} |`;
}

function configTable(): string {
  const options = Object.values(OPTION_GROUPS).flatMap((group) =>
    Object.entries(group as Readonly<Record<string, Option>>),
  );
  return ['| environment | flag | default | what it does |', '|---|---|---|---|', ...options.map(row)].join(
    '\n',
  );
}

test('README.md has the configuration that the code has; the right table is below', () => {
  expect(marked(textOf('README.md'), 'config')).toBe(configTable());
});
