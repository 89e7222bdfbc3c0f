import { z } from 'zod';

/** Names of an option that takes several, separated by commas: trimmed, in lower case, none empty. */
export function nameList(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

/** A list of names, separated by commas, each of which fits. `problem` says of one that does not what to write. */
export function namesThat(fit: (name: string) => boolean, problem: string): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    for (const name of nameList(text))
      if (!fit(name)) context.addIssue({ code: 'custom', message: `${name} ${problem}` });
  });
}
