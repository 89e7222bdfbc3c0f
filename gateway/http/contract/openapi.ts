import { ANYONE, ROUTE_SCOPES, type Needed } from '../../access/scope-table.js';
import { namesOf } from '../../access/scope.js';
import { problemAnswer } from './answers.js';
import { JsonSchemas, type JsonSchema } from './json-schema.js';
import { ROUTE_DOCS, type RouteDoc } from './route-docs.js';

const PROBLEM_TYPE = 'application/problem+json';
const PATH_ID = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'percent-encoded',
};
/** Whatever is wrong, with the call or with the gateway, is told in one form. */
const PROBLEM = { $ref: '#/components/responses/Problem' };
const NO_DOC: RouteDoc = { summary: 'See PROTOCOL.md' };

/** The HTTP of the gateway as OpenAPI 3.1: routes and who may use them by `ROUTE_SCOPES`, bodies by the schemas that check them. */
export function openApi(version: string): object {
  const schemas = new JsonSchemas();
  const problem = {
    description: 'What is wrong',
    content: { [PROBLEM_TYPE]: { schema: schemas.of(problemAnswer) } },
  };
  const paths: Record<string, Record<string, object>> = {};
  for (const [path, methods] of Object.entries(ROUTE_SCOPES)) {
    paths[path] = {};
    for (const [method, needed] of Object.entries(methods)) {
      const doc = ROUTE_DOCS[path]?.[method] ?? NO_DOC;
      paths[path][method.toLowerCase()] = operation({ path, method, needed }, doc, schemas);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Afterclick',
      version,
      description: 'A real-time personalization gateway. The rules behind it stand in PROTOCOL.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.named,
      responses: { Problem: problem },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

interface Route {
  readonly path: string;
  readonly method: string;
  readonly needed: Needed;
}

function operation({ path, method, needed }: Route, doc: RouteDoc, schemas: JsonSchemas): object {
  const query = Object.entries(doc.query ?? {});
  const parameters = [
    ...(path.includes('{id}') ? [PATH_ID] : []),
    ...query.map(([name, description]) => ({ name, in: 'query', schema: { type: 'string' }, description })),
  ];
  return {
    operationId: operationId(method, path),
    summary: doc.summary,
    // Without keys the gateway looks at no token.
    security: needed === ANYONE ? [] : [{ token: [] }, {}],
    ...(needed !== ANYONE && { description: `Scope: ${namesOf(needed).join(' or ')}.` }),
    ...(parameters.length > 0 && { parameters }),
    ...(doc.body && { requestBody: { required: true, content: bodyOf(doc, schemas.of(doc.body)) } }),
    responses: {
      [String(doc.status ?? 200)]: answerOf(doc, schemas),
      ...othersOf(doc, schemas),
      // Makers of clients stumble over ranges such as 4XX; this one may come from any route.
      '429': PROBLEM,
      default: PROBLEM,
    },
  };
}

function bodyOf({ example, bodyType }: RouteDoc, schema: JsonSchema): object {
  const json = { schema, ...(example !== undefined && { example }) };
  const lines = { schema: { type: 'string', description: 'one of them a line' } };
  return { 'application/json': json, ...(bodyType !== undefined && { [bodyType]: lines }) };
}

function answerOf({ answer, answerType, status, summary }: RouteDoc, schemas: JsonSchemas): object {
  if (status === 204) return { description: 'Done' };
  const schema = answer === undefined ? {} : schemas.of(answer);
  return { description: summary, content: { [answerType ?? 'application/json']: { schema } } };
}

function othersOf({ others = {} }: RouteDoc, schemas: JsonSchemas): Record<string, object> {
  return Object.fromEntries(
    Object.entries(others).map(([status, { description, body }]) => [
      status,
      {
        description,
        ...(body && { content: { 'application/json': { schema: schemas.of(body) } } }),
      },
    ]),
  );
}

/** `postV1Recommend`. */
export function operationId(method: string, path: string): string {
  const words = path.split(/[^\w]+/).filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}
