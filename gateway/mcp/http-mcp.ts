import type { Bites } from '../../metrics/process/bites.js';
import type { HttpHandler, HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { readJsonBody } from '../http/http-body-json.js';
import type { RoutedCall } from '../http/http.js';
import { WebStandardStreamableHTTPServerTransport } from './mcp-library.js';
import { createMcpServer, type AskGateway } from './mcp-server.js';

/** Messages of one request. */
export const MCP_MESSAGES_MAX = 16;

/**
 * What a message takes of the thread, about, in µs: the library makes a server for each, and most of that between turns, where nobody
 * measures it. What a tool asks is counted besides.
 */
export const MESSAGE_US = 2_500;

/** What the transport wants to see of a request; the rest was checked before. */
const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/**
 * `POST /v1/mcp`: the Model Context Protocol as JSON over HTTP (its *Streamable HTTP*), without sessions: each request stands alone.
 * What a tool asks goes through `answer` as a call of its own, with the caller's token.
 */
export class HttpMcp {
  readonly #answer: HttpHandler;
  readonly #bites: Pick<Bites, 'rest'>;

  /** @param bites where each message waits for its turn: the library takes a millisecond or two for one. */
  constructor(answer: HttpHandler, bites: Pick<Bites, 'rest'>) {
    this.#answer = answer;
    this.#bites = bites;
  }

  readonly post = async (call: RoutedCall): Promise<HttpReply> => {
    const body = readJsonBody(call);
    if ('reply' in body) return body.reply;
    const { value } = body;
    if (!Array.isArray(value) || value.length === 0) return this.#inTurn(value, call);
    if (value.length > MCP_MESSAGES_MAX)
      return problemReply('too_many', `more than ${MCP_MESSAGES_MAX} messages in one request`);
    return this.#answerAll(value, call);
  };

  /** One after the other; what asks for no answer gets none. */
  async #answerAll(messages: readonly unknown[], call: RoutedCall): Promise<HttpReply> {
    const answers: string[] = [];
    for (const message of messages) {
      // A list in the list would be as many messages as it likes.
      const { body } = await this.#inTurn(Array.isArray(message) ? null : message, call);
      if (body !== '') answers.push(body);
    }
    const contentType = 'application/json';
    return answers.length === 0
      ? { status: 202, contentType, body: '' }
      : { status: 200, contentType, body: `[${answers.join()}]` };
  }

  async #inTurn(message: unknown, call: RoutedCall): Promise<TextReply> {
    call.spend?.(MESSAGE_US);
    await this.#bites.rest();
    return answerTo(message, asking(call, this.#answer));
  }
}

type TextReply = HttpReply & { readonly body: string };

/**
 * Answers two messages of nobody: what the library does once, with the first message and the first call of a tool, takes 50 ms of a thread.
 * Call it while nobody waits.
 */
export async function warmMcp(): Promise<void> {
  const asksNothing: AskGateway = () => Promise.resolve({ status: 404, text: '' });
  const call = { method: 'tools/call', params: { name: 'graph', arguments: { user: 'nobody' } } };
  for (const message of [{ method: 'tools/list' }, call])
    await answerTo({ jsonrpc: '2.0', id: 1, ...message }, asksNothing);
}

async function answerTo(message: unknown, ask: AskGateway): Promise<TextReply> {
  const server = createMcpServer(ask);
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
