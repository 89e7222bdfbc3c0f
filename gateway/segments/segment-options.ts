import { z } from 'zod';
import { nameList } from '../admission/name-list.js';
import { defineOptions } from '../../metrics/process/options.js';

/** Letters of the secret, at least. */
const SECRET_LETTERS_MIN = 24;

function isWebOrigin(origin: string): boolean {
  return (
    URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).origin === origin
  );
}

export const segmentOptions = defineOptions({
  webhookOrigins: {
    schema: z
      .string()
      .refine(
        (text) => nameList(text).every(isWebOrigin),
        'write scheme://host or scheme://host:port, without a path, comma separated',
      ),
    fallback: '',
    help: 'Origins that segments may tell of who comes and leaves (webhooks), comma separated, such as https://hooks.example. Nothing else is ever called.',
  },
  webhookSecret: {
    schema: z
      .string()
      .refine(
        (text) => text === '' || text.length >= SECRET_LETTERS_MIN,
        `a secret has at least ${SECRET_LETTERS_MIN} characters; openssl rand -base64 32 makes one`,
      ),
    fallback: '',
    secret: true,
    help: 'Key of the signature of webhooks (HMAC-SHA-256, Standard Webhooks). Without it there are none.',
  },
});
