import { z } from 'zod';
import { defineOptions, textOrFile } from '../../metrics/process/options.js';

/** Flags of `npm run mcp`. */
export const mcpOptions = defineOptions({
  url: {
    schema: z.url({ protocol: /^https?$/, error: 'write it with its scheme, such as http://127.0.0.1:8080' }),
    fallback: 'http://127.0.0.1:8080',
    help: 'Where the gateway listens.',
  },
  token: {
    schema: textOrFile,
    fallback: undefined as string | undefined,
    secret: true,
    help: 'A token with the scopes of the tools that may be used (rank, users), where the gateway has keys; @FILE reads it from a file.',
  },
});
