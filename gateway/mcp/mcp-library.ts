/**
 * The one file that loads the library of the Model Context Protocol. That takes some 200 ms of a thread, so a gateway does it at its
 * start: with the first call it would hold up every shopper.
 */
export { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
export { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
export { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
