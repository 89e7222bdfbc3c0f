import { z } from 'zod';

/** A secret of so many characters at least, or none. */
export function secretOf(lettersMin: number): z.ZodType<string> {
  return z
    .string()
    .refine(
      (text) => text === '' || text.length >= lettersMin,
      `a secret has at least ${lettersMin} characters; openssl rand -base64 32 makes one`,
    );
}
