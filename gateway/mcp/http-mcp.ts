import type { HttpHandler, HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { readJsonBody } from '../http/http-body-json.js';
import type { RoutedCall } from '../http/http.js';
import { WebStandardStreamableHTTPServerTransport } from './mcp-library.js';
import { createMcpServer, type AskGateway } from './mcp-server.js';

/** Messages of one request. */
export const MCP_MESSAGES_MAX = 16;

/** What the transport wants to see of a request; the rest was checked before. */
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/**
 * `POST /v1/mcp`: the Model Context Protocol as JSON over HTTP (its *Streamable HTTP*), without sessions: each request stands alone.
 * What a tool asks goes through `answer` as a call of its own, with the caller's token.
 */
export class HttpMcp {
  readonly #answer: HttpHandler;

  constructor(answer: HttpHandler) {
    this.#answer = answer;
  }

  readonly post = async (call: RoutedCall): Promise<HttpReply> => {
    const body = readJsonBody(call);
    if ('reply' in body) return body.reply;
    if (Array.isArray(body.value) && body.value.length > MCP_MESSAGES_MAX)
      return problemReply('too_many', `more than ${MCP_MESSAGES_MAX} messages in one request`);
    const server = createMcpServer(asking(call, this.#answer));
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    try {
      await server.connect(transport);
      const request = new Request('http://gateway/v1/mcp', { method: 'POST', headers: HEADERS });
      const response = await transport.handleRequest(request, { parsedBody: body.value });
      const contentType = response.headers.get('content-type') ?? 'application/json';
      return { status: response.status, contentType, body: await response.text() };
    } finally {
      await server.close();
    }
  };
}

/** Asks as the caller would: their token, their address. */
function asking(call: RoutedCall, answer: HttpHandler): AskGateway {
  return async ({ method, path, query, body }) => {
    const reply = await answer({
      ...call,
      method,
      path,
      query: query ?? new URLSearchParams(),
      body: new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body)),
    });
    const text = typeof reply.body === 'string' ? reply.body : new TextDecoder().decode(reply.body);
    return { status: reply.status, text };
  };
}
