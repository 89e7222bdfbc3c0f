import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../markdown.js';

/** A rule of `metrics/alerts/`: an alert, or a record that alerts are made of. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Alert extends Rule {
  readonly alert: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export const ALERTS_FOLDER = join(ROOT, 'metrics/alerts');

/** Paths of the rule files. */
export function ruleFiles(): string[] {
  return readdirSync(ALERTS_FOLDER)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => join(ALERTS_FOLDER, name));
}

/** All rules of the files, in their order. */
export function allRules(): Rule[] {
  const files = ruleFiles().map((path) => parse(readFileSync(path, 'utf8')) as RuleFile);
  return files.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

export function allAlerts(): Alert[] {
  return allRules().filter((rule): rule is Alert => rule.alert !== undefined);
}

/** Words of an expression that begin like the name of a metric that somebody scrapes. */
export function metricsNamed(text: string): string[] {
  const names = text.match(/\b(?:afterclick|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names)].sort();
}
