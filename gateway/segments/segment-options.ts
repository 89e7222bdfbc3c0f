import { z } from 'zod';
import { secretOf } from '../access/secret-option.js';
import { namesThat } from '../admission/name-list.js';
import { defineOptions } from '../../metrics/process/options.js';

/** Letters of the secret, at least. */
const SECRET_LETTERS_MIN = 24;

function isWebOrigin(origin: string): boolean {
  return (
    URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).origin === origin
  );
}

export const segmentOptions = defineOptions({
  segmentsFoundEveryMs: {
    schema: z.coerce.number().int().min(0).max(2_147_483_647),
    fallback: 600_000,
    unit: 'ms',
    help: 'Pause before segments that nobody named are looked for, and between two searches; one that takes long is followed by a pause of 20 times that. 0: none is made.',
  },
  webhookOrigins: {
    schema: namesThat(
      isWebOrigin,
      'is no web origin: write http(s)://host or http(s)://host:port, without a path',
    ),
    fallback: '',
    help: 'Origins that segments may tell of who comes and leaves (webhooks), comma separated, such as https://hooks.example. Nothing else is ever called.',
  },
  webhookSecret: {
    schema: secretOf(SECRET_LETTERS_MIN),
    fallback: '',
    secret: true,
    help: 'Key of the signature of webhooks (HMAC-SHA-256, Standard Webhooks). Without it there are none.',
  },
});
