import { defineOptions, gatewayUrl, tokenWith } from '../../metrics/process/options.js';

/** Flags of `npm run mcp`. */
export const mcpOptions = defineOptions({
  url: gatewayUrl,
  token: tokenWith('the scopes of the tools that may be used (rank, users)'),
});
