import type { AskGateway, GatewayAnswer } from './mcp-server.js';

/** How long a tool waits for the gateway. */
const ASK_MAX_MS = 10_000;

/** Asks a gateway at `url` as whoever has `token`. What does not answer is an answer too: 503, with what to do. */
export function askOverHttp(url: string, token: string | undefined): AskGateway {
  return async ({ method, path, query, body }): Promise<GatewayAnswer> => {
    const at = new URL(path, url);
    if (query !== undefined) at.search = query.toString();
    try {
      const response = await fetch(at, {
        method,
        signal: AbortSignal.timeout(ASK_MAX_MS),
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      return {
        status: 503,
        text: `the gateway at ${url} does not answer (${why}); start it, or name another with --url`,
      };
    }
  };
}
