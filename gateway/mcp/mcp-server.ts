import { z } from 'zod';
import { programVersion } from '../../metrics/program/program-version.js';
import { McpServer } from './mcp-library.js';

/** A call of the gateway's HTTP contract, made for a tool. */
export interface GatewayAsk {
  readonly method: 'GET' | 'POST';
  /** Encoded, without the query. */
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Sent as JSON. */
  readonly body?: object;
}

/** What the gateway answers: its status, and the body as text. */
export interface GatewayAnswer {
  readonly status: number;
  readonly text: string;
}

export type AskGateway = (ask: GatewayAsk) => Promise<GatewayAnswer>;

/** What is told of each item, so that an assistant can speak of it. */
const FIELDS = ['title', 'price', 'category', 'brand'];
const K_MAX = 50;

const k = z.number().int().min(1).max(K_MAX).optional().describe('Items at most; 20 when absent.');
const filter = z
  .looseObject({})
  .optional()
  .describe('Only items that fit, such as {"price": {"lt": 20}, "category": "mugs"}.');
const whom = {
  user: z.string().min(1).max(128).optional().describe('Id of the shopper.'),
  session: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('In its place, the session of a visitor without a name.'),
};
type Whom = { readonly user?: string | undefined; readonly session?: string | undefined };

/** What every tool is: it looks, and changes nothing. */
const LOOKS_ONLY = { readOnlyHint: true, openWorldHint: false } as const;

/**
 * A server of the Model Context Protocol whose tools are calls of the gateway's HTTP contract, so that each asks for the scopes
 * that its route takes, is audited and is counted as those are. It keeps nothing between calls.
 */
export function createMcpServer(ask: AskGateway): McpServer {
  const server = new McpServer({ name: 'afterclick', version: programVersion() });
  const tool = <Shape extends z.ZodRawShape>(
    name: string,
    description: string,
    inputSchema: Shape,
    run: (args: z.output<z.ZodObject<Shape>>) => Promise<GatewayAnswer>,
  ) =>
    server.registerTool(name, { description, inputSchema, annotations: LOOKS_ONLY }, (async (
      args: z.output<z.ZodObject<Shape>>,
    ) => toolResult(await run(args))) as never);
  tool(
    'search',
    'Finds items of the shop by what they mean and by their words; for a shopper in an order that suits them.',
    { q: z.string().min(1).max(256).describe('What is looked for, in plain words.'), ...whom, k, filter },
    async (args) => withItems(await post(ask, '/v1/search', args), ask),
  );
  tool(
    'recommend',
    'Items that the shopper is most likely to want now, best first.',
    { ...whom, k, filter },
    (args) => post(ask, '/v1/recommend', { ...args, fields: FIELDS }),
  );
  tool(
    'similar',
    'Items that are like a given one.',
    { item: z.string().min(1).max(128).describe('Id of an item.'), k, filter },
    (args) => post(ask, '/v1/recommend', { ...args, how: 'similar', fields: FIELDS }),
  );
  tool(
    'profile',
    'What a shopper wants now, what changed, and what not to offer, in plain sentences.',
    whom,
    (args) => ofUser(ask, args, 'profile', new URLSearchParams({ as: 'text' })),
  );
  tool(
    'graph',
    "A shopper's graph of interests: items, categories, brands and searches with weights, and what joins them.",
    whom,
    (args) => ofUser(ask, args, 'graph'),
  );
  return server;
}

function post(ask: AskGateway, path: string, body: object): Promise<GatewayAnswer> {
  return ask({ method: 'POST', path, body });
}

async function ofUser(
  ask: AskGateway,
  { user, session }: Whom,
  what: 'profile' | 'graph',
  query?: URLSearchParams,
): Promise<GatewayAnswer> {
  if ((user === undefined) === (session === undefined))
    return { status: 400, text: 'name one of user and session' };
  const of =
    user === undefined
      ? `sessions/${encodeURIComponent(session as string)}`
      : `users/${encodeURIComponent(user)}`;
  return await ask({ method: 'GET', path: `/v1/${of}/${what}`, ...(query && { query }) });
}

/** What a search has found, with what is told of each item where the caller may read items. */
async function withItems(found: GatewayAnswer, ask: AskGateway): Promise<GatewayAnswer> {
  if (found.status !== 200) return found;
  const answer = JSON.parse(found.text) as { readonly ids: readonly string[] };
  if (answer.ids.length === 0) return found;
  const query = new URLSearchParams({ ids: answer.ids.join(',') });
  const told = await ask({ method: 'GET', path: '/v1/items', query });
  if (told.status !== 200) return found;
  const { items } = JSON.parse(told.text) as { readonly items: readonly Readonly<Record<string, unknown>>[] };
  const shown = items.map((item) => Object.fromEntries(['id', ...FIELDS].map((name) => [name, item[name]])));
  return { status: 200, text: JSON.stringify({ ...answer, items: shown }) };
}

function toolResult({ status, text }: GatewayAnswer) {
  return { content: [{ type: 'text' as const, text }], ...(status !== 200 && { isError: true }) };
}
