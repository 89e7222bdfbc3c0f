import { readFileSync } from 'node:fs';
import { z, type ZodType } from 'zod';
import { unreadableFile } from './system-problem.js';

/**
 * One configurable value. From a record of these come the type, the environment name (`AFTERCLICK_` + the key in
 * upper snake case), the flag (`--` + the key in kebab case), `--help` and the table in the README.
 */
export interface Option<T = unknown> {
  /** Parses the text from the environment or the command line (use `z.coerce` for numbers). */
  readonly schema: ZodType<T>;
  /** What applies when neither the environment nor a flag says anything; always in the schema's output type. */
  readonly fallback: T;
  /** Unit of a number (`ms`, `bytes`, …), shown in `--help`. */
  readonly unit?: string;
  /** One sentence for `--help`: what it does and when one would change it. */
  readonly help: string;
  /** True when the value must never be logged. */
  readonly secret?: boolean;
  /** The text that the flag stands for when it is given without one. */
  readonly bare?: string;
  /** True for the one value of a command that stands on the command line without a flag; `unit` is what help calls it. */
  readonly isOperand?: boolean;
  /** True for the path of a file that a command writes at its end; `runCommand` tries it before anything is done. */
  readonly isOutputFile?: boolean;
}

/** A folder's options, by key. */
export type Options = Readonly<Record<string, Option<never> | Option>>;

/** The parsed values of an `Options` record. */
export type OptionValues<O> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** Identity that keeps each option's value type, so that `OptionValues<typeof options>` is exact. */
// A record of options of every type: each is checked where it is written, and only there.
// oxlint-disable-next-line typescript/no-explicit-any
export function defineOptions<const O extends Record<string, Option<any>>>(options: O): O {
  return options;
}

/** Why a text is no value of an option, in words for whoever typed it: zod calls what `z.coerce.number` made of "80x" a NaN. */
export function optionProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue.code === 'invalid_type' && issue.message.endsWith('received NaN')
    ? 'not a number'
    : issue.message;
}

function readText(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? { problem: `${path} is empty` } : { text };
  } catch (error) {
    return { problem: unreadableFile(path, error) };
  }
}

/** Of an option that is a text, or after an @ the name of a file that holds it, such as a token that no list of processes should show. */
const textOrFile = z
  .string()
  .min(1)
  .transform((text, context) => {
    if (!text.startsWith('@')) return text;
    const read = readText(text.slice(1));
    if ('text' in read) return read.text;
    context.addIssue({ code: 'custom', message: read.problem });
    return z.NEVER;
  });

/** The option `url` of a command that talks to a running gateway over HTTP. */
export const gatewayUrl = {
  schema: z.url({ protocol: /^https?$/, error: 'write it with its scheme, such as http://127.0.0.1:8080' }),
  fallback: 'http://127.0.0.1:8080',
  help: 'Where the gateway listens.',
};

/** The option `token` of such a command. `scopes` says in words what it takes. */
export function tokenWith(scopes: string) {
  return {
    schema: textOrFile,
    fallback: undefined as string | undefined,
    secret: true,
    help: `A token with ${scopes}, where the gateway has keys; @FILE reads it from a file.`,
  };
}
