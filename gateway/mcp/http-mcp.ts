import type { Bites } from '../../metrics/process/bites.js';
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
  readonly #bites: Pick<Bites, 'rest'>;

  /** @param bites where a request with several messages rests: the library takes a millisecond or two for each. */
  constructor(answer: HttpHandler, bites: Pick<Bites, 'rest'>) {
    this.#answer = answer;
    this.#bites = bites;
  }

  readonly post = async (call: RoutedCall): Promise<HttpReply> => {
    const body = readJsonBody(call);
    if ('reply' in body) return body.reply;
    const { value } = body;
    if (!Array.isArray(value) || value.length === 0) return this.#answerTo(value, call);
    if (value.length > MCP_MESSAGES_MAX)
      return problemReply('too_many', `more than ${MCP_MESSAGES_MAX} messages in one request`);
    return this.#answerAll(value, call);
  };

  /** One after the other; what asks for no answer gets none. */
  async #answerAll(messages: readonly unknown[], call: RoutedCall): Promise<HttpReply> {
    const answers: string[] = [];
    for (const message of messages) {
      await this.#bites.rest();
      // A list in the list would be as many messages as it likes.
      const { body } = await this.#answerTo(Array.isArray(message) ? null : message, call);
      if (body !== '') answers.push(body);
    }
    const contentType = 'application/json';
    return answers.length === 0
      ? { status: 202, contentType, body: '' }
      : { status: 200, contentType, body: `[${answers.join()}]` };
  }

  async #answerTo(message: unknown, call: RoutedCall): Promise<HttpReply & { readonly body: string }> {
    const server = createMcpServer(asking(call, this.#answer));
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    try {
      await server.connect(transport);
      const request = new Request('http://gateway/v1/mcp', { method: 'POST', headers: HEADERS });
      const response = await transport.handleRequest(request, { parsedBody: message });
      const contentType = response.headers.get('content-type') ?? 'application/json';
      return { status: response.status, contentType, body: await response.text() };
    } finally {
      await server.close();
    }
  }
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
