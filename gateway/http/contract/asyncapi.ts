import type { z } from 'zod';
import { MESSAGE_SCHEMAS } from '../../protocol/validate.js';
import { eventMessage, SERVER_MESSAGES } from './answers.js';
import { JsonSchemas } from './json-schema.js';

const CHANNEL = '#/channels/socket';

/** The socket of the gateway as AsyncAPI 3.1: what it receives, by the schemas that check it, and what it sends. */
export function asyncApi(version: string): object {
  const schemas = new JsonSchemas();
  const received: Record<string, z.ZodType> = { event: eventMessage, ...MESSAGE_SCHEMAS };
  const ofClient = entries('client', received, schemas);
  const ofGateway = entries('gateway', SERVER_MESSAGES, schemas);
  const messages = Object.fromEntries([...ofClient, ...ofGateway]);
  const refs = Object.keys(messages).map((key) => [key, { $ref: `#/components/messages/${key}` }]);
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Afterclick',
      version,
      description: 'The WebSocket of the gateway: one map a frame, JSON (afterclick.v1.json) or MessagePack.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: { socket: { address: '/v1/ws', messages: Object.fromEntries(refs) as object } },
    operations: {
      fromClient: operation('receive', ofClient),
      fromGateway: operation('send', ofGateway),
    },
    components: { messages, schemas: schemas.named },
  };
}

type Entry = readonly [key: string, message: object];

function entries(side: string, messages: Readonly<Record<string, z.ZodType>>, schemas: JsonSchemas): Entry[] {
  return Object.entries(messages).map(([t, schema]) => [
    `${side}.${t}`,
    { name: t, title: `${t}, from the ${side}`, payload: schemas.of(schema) },
  ]);
}

function operation(action: 'send' | 'receive', messages: readonly Entry[]): object {
  return {
    action,
    channel: { $ref: CHANNEL },
    messages: messages.map(([key]) => ({ $ref: `${CHANNEL}/messages/${key}` })),
  };
}
