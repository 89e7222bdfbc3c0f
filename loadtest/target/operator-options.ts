import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';

const file = z.string().min(1).optional();

/** Flags of commands that ask a gateway what it tells operators alone: metrics, and which model serves. */
export const operatorOptions = defineOptions({
  operatorUrl: {
    schema: z
      .url({ protocol: /^https$/, error: 'write it as https://, such as https://127.0.0.1:9443' })
      .optional(),
    fallback: undefined,
    help: 'Where a gateway with AFTERCLICK_OPERATOR_PORT answers operators; its metrics and model are asked for there. With --cert and --key.',
  },
  cert: {
    schema: file,
    fallback: undefined,
    unit: 'FILE',
    help: 'Certificate to show at --operator-url (PEM).',
  },
  key: { schema: file, fallback: undefined, unit: 'FILE', help: 'Private key of that certificate (PEM).' },
  ca: {
    schema: file,
    fallback: undefined,
    unit: 'FILE',
    help: 'What signed the certificate of the gateway (PEM), where the system does not know it; for --operator-url.',
  },
});
