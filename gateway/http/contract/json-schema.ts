import { z } from 'zod';

/** A JSON Schema of draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3.1 take as it is. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where schemas that have a name stand, in both documents. */
const NAMED = '#/components/schemas/';

/** Makes JSON Schemas of the schemas that check what comes in, and keeps those that have a name, which others refer to. */
export class JsonSchemas {
  readonly named: Record<string, unknown> = {};

  /** What may be sent. */
  of(schema: z.ZodType): JsonSchema {
    const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const { $schema: _dialect, $defs = {}, ...rest } = made as Record<string, unknown>;
    Object.assign(this.named, moved($defs));
    return moved(rest);
  }
}

/** The same with its references where the documents have what they refer to. */
function moved<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', `"${NAMED}`)) as T;
}
