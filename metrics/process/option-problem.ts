import type { z } from 'zod';

/** Why a text is no value of an option, in words for whoever typed it: zod calls what `z.coerce.number` made of "80x" a NaN. */
export function optionProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue.code === 'invalid_type' && issue.message.endsWith('received NaN')
    ? 'not a number'
    : issue.message;
}
