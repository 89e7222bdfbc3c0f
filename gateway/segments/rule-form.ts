import { z } from 'zod';
import { NUMBER_FACTS, type NumberFact } from '../../shards/api.js';

/** Tests of one rule, and how deep rules may stand in rules: a check takes as long as its rule has tests. */
export const RULE_TESTS_MAX = 32;
const RULE_DEPTH_MAX = 6;
/** Values of one list, letters of a text, attributes of one test. */
const VALUES_MAX = 64;
const TEXT_MAX = 128;
/** Letters of an attribute's name. */
const NAME_MAX = 32;

const text = z.string().min(1).max(TEXT_MAX);
const scalar = z.union([z.string().max(TEXT_MAX), z.number(), z.boolean()]);
const bound = z.number().optional();
const range = z
  .strictObject({ gte: bound, gt: bound, lte: bound, lt: bound })
  .refine((bounds) => Object.values(bounds).some((value) => value !== undefined), 'give gte, gt, lte or lt')
  .meta({ id: 'SegmentRange' });

const interest = z
  .strictObject({
    category: text.optional(),
    brand: text.optional(),
    item: text.optional(),
    share: range.optional(),
    trend: z
      .array(z.enum(['new', 'back', 'growing', 'fading', 'steady']))
      .min(1)
      .optional(),
  })
  .refine(
    ({ category, brand, item }) => [category, brand, item].filter((name) => name !== undefined).length === 1,
    'name a category, a brand or an item',
  )
  .meta({ id: 'SegmentInterest' });

const attributes = z.record(
  z.string().min(1).max(NAME_MAX),
  z.union([scalar, z.array(scalar).min(1).max(VALUES_MAX), range]),
);

const numbers = Object.fromEntries(NUMBER_FACTS.map((fact) => [fact, range.optional()])) as Record<
  NumberFact,
  z.ZodOptional<typeof range>
>;

/** A rule as it is written: all that it has must hold. */
export interface RuleForm extends Partial<Record<NumberFact, z.infer<typeof range> | undefined>> {
  readonly interest?: z.infer<typeof interest> | undefined;
  readonly attributes?: z.infer<typeof attributes> | undefined;
  readonly all?: readonly RuleForm[] | undefined;
  readonly any?: readonly RuleForm[] | undefined;
  readonly not?: RuleForm | undefined;
}

const ruleBody: z.ZodType<RuleForm> = z
  .strictObject({
    ...numbers,
    interest: interest.optional(),
    attributes: attributes.optional(),
    get all(): z.ZodOptional<z.ZodArray<z.ZodType<RuleForm>>> {
      return z.array(ruleBody).min(1).optional();
    },
    get any(): z.ZodOptional<z.ZodArray<z.ZodType<RuleForm>>> {
      return z.array(ruleBody).min(1).optional();
    },
    get not(): z.ZodOptional<z.ZodType<RuleForm>> {
      return ruleBody.optional();
    },
  })
  .meta({ id: 'SegmentRule' });

/** A rule that is not too large. */
export const ruleForm = ruleBody.superRefine((rule, context) => {
  const tests = countTests(rule, 1);
  if (tests === 0) context.addIssue({ code: 'custom', message: 'a rule tests something' });
  if (tests > RULE_TESTS_MAX)
    context.addIssue({
      code: 'custom',
      message: `a rule has ${RULE_TESTS_MAX} tests at most, ${RULE_DEPTH_MAX} deep`,
    });
});

/** Tests of a rule; Infinity for one that goes too deep. */
function countTests(
  { all = [], any = [], not, attributes: said = {}, ...rest }: RuleForm,
  depth: number,
): number {
  if (depth > RULE_DEPTH_MAX) return Infinity;
  const parts = [...all, ...any, ...(not === undefined ? [] : [not])];
  const own = Object.keys(said).length + Object.values(rest).filter((test) => test !== undefined).length;
  return parts.reduce((sum, part) => sum + countTests(part, depth + 1), own);
}
