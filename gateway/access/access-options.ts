import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';
import { secretOf } from './secret-option.js';

/** Letters of the shared secret: HS256 is as strong as its key, which has 256 bits. */
const SECRET_LETTERS_MIN = 32;

export const accessOptions = defineOptions({
  tokenSecret: {
    schema: secretOf(SECRET_LETTERS_MIN),
    fallback: '',
    secret: true,
    help: 'Shared secret of tokens (HS256), at least 32 characters. With it, or with AFTERCLICK_TOKEN_KEYS, callers need a token (docs/SECURITY.md).',
  },
  tokenSecretFile: {
    schema: z.string(),
    fallback: '',
    help: "The same from a file, in place of AFTERCLICK_TOKEN_SECRET; when there is none, it is made with a new secret that the gateway's user alone may read.",
  },
  tokenKeys: {
    schema: z.string(),
    fallback: '',
    help: 'Public keys of tokens (RS256, ES256, EdDSA): a file (JWKS or PEM), or the https:// address of a JWKS. Changes are noticed.',
  },
  tokenAudience: {
    schema: z.string(),
    fallback: '',
    help: 'What `aud` of a token has to be, or to hold.',
  },
  tokenIssuer: {
    schema: z.string(),
    fallback: '',
    help: 'What `iss` of a token has to be.',
  },
  tokenLeewayMs: {
    schema: z.coerce.number().int().min(0).max(300_000),
    fallback: 2_000,
    unit: 'ms',
    help: 'How far the clock of whoever signs tokens may be from this one: `exp` and `nbf` are taken so much wider.',
  },
  visitors: {
    schema: z.enum(['open', 'signed', 'off']),
    fallback: 'open',
    help: 'Where tokens are needed, what somebody without one may do: open, shop in a session whose name is a secret; signed, in sessions that the gateway made; off, nothing.',
  },
  insecureOpen: {
    schema: z.enum(['no', 'yes']),
    fallback: 'no',
    bare: 'yes',
    help: 'yes: listen on an address of the network without keys, so that whoever reaches the port may do everything. The flag alone means yes.',
  },
  masterKeyFile: {
    schema: z.string(),
    fallback: '',
    help: 'File with the master key: with it what is kept of users is encrypted at rest (docs/SECURITY.md). When there is none, it is made with a new key.',
  },
  masterKeyCommand: {
    schema: z.string(),
    fallback: '',
    help: 'The same from a command that prints the key, in place of AFTERCLICK_MASTER_KEY_FILE; it has 10 s.',
  },
});
