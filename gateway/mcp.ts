// The command `mcp`: the tools of a running gateway for an assistant that starts this as its server, over stdin and stdout.
import { once } from 'node:events';
import { runCommand } from '../metrics/process/command-line.js';
import type { OptionValues } from '../metrics/process/options.js';
import { askOverHttp } from './mcp/ask-over-http.js';
import { StdioServerTransport } from './mcp/mcp-library.js';
import { mcpOptions } from './mcp/mcp-options.js';
import { createMcpServer } from './mcp/mcp-server.js';

const USAGE = `npm run --silent mcp -- [flags]

A server of the Model Context Protocol over stdin and stdout: the tools search, recommend, similar, profile and graph of a running
gateway. POST /v1/mcp of the gateway is the same over HTTP. Ends with its stdin; exit code 2 for bad arguments.`;

async function serve({ url, token }: OptionValues<typeof mcpOptions>): Promise<number> {
  const server = createMcpServer(askOverHttp(url, token));
  await server.connect(new StdioServerTransport());
  // What was stdin from a file ends, and is not closed.
  await Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close')]);
  await server.close();
  return 0;
}

process.exitCode = await runCommand(USAGE, mcpOptions, process.argv.slice(2), serve);
