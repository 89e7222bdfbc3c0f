import { NODE, NUMBER_FACTS, type SegmentRule } from '../../shards/api.js';
import type { RuleForm } from './rule-form.js';

/** Numbers of what rules name; −1 for what the catalogue does not have (now). */
export interface RuleNames {
  categoryCode(name: string): number;
  brandCode(name: string): number;
  indexOf(id: string): number;
}

/** The key of no node: −1 is that of what has no category. */
const NO_KEY = -2;

/** A rule with numbers in the place of names. */
export function compileRule(form: RuleForm, names: RuleNames): SegmentRule {
  const of: SegmentRule[] = [];
  for (const fact of NUMBER_FACTS) {
    const range = form[fact];
    if (range !== undefined) of.push({ is: 'number', of: fact, range });
  }
  for (const [name, test] of Object.entries(form.attributes ?? {})) of.push({ is: 'attribute', name, test });
  if (form.interest !== undefined) of.push(compileInterest(form.interest, names));
  for (const part of form.all ?? []) of.push(compileRule(part, names));
  if (form.any !== undefined) of.push({ is: 'any', of: form.any.map((part) => compileRule(part, names)) });
  if (form.not !== undefined) of.push({ is: 'not', of: compileRule(form.not, names) });
  return of.length === 1 ? of[0] : { is: 'all', of };
}

function compileInterest(
  { category, brand, item, share, trend }: NonNullable<RuleForm['interest']>,
  names: RuleNames,
): SegmentRule {
  const [kind, key] =
    category !== undefined
      ? [NODE.category, names.categoryCode(category)]
      : brand !== undefined
        ? [NODE.brand, names.brandCode(brand)]
        : [NODE.item, names.indexOf(item ?? '')];
  return { is: 'interest', kind, key: key < 0 ? NO_KEY : key, share, trends: trend && [...new Set(trend)] };
}
