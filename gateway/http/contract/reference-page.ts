/** As much of the two documents as the page shows. */
interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>>;
  };
}
interface Shown {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly title: string; readonly payload: object }>>;
  };
}

export const REFERENCE_STYLE = [
  ':root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }',
  'body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }',
  'pre { overflow: auto; padding: 0.75rem; border: 1px solid #8884; border-radius: 0.25rem; }',
  'h3 code { font-size: 1rem; }',
].join('\n');

/** Both documents as one page for people, without a script. */
export function referencePage(openApi: object, asyncApi: object): string {
  const http = openApi as Shown;
  const socket = asyncApi as Shown;
  const { title, version } = http.info;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title} ${text(version)}: reference</title><link rel="stylesheet" href="/v1/reference.css"></head><body>`,
    `<h1>${title} ${text(version)}</h1>`,
    '<p>For machines: <a href="/v1/openapi.json">OpenAPI</a>, <a href="/v1/asyncapi.json">AsyncAPI</a>.</p>',
    '<h2>HTTP</h2>',
    ...Object.entries(http.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        operationOf(`${method.toUpperCase()} ${path}`, operation),
      ),
    ),
    '<h2>Socket</h2>',
    ...Object.values(socket.components.messages).map(
      ({ title: name, payload }) => `<h3>${text(name)}</h3>${schemaOf(payload)}`,
    ),
    '</body></html>',
  ].join('\n');
}

function operationOf(name: string, { summary, description = '', requestBody }: Operation): string {
  const body = requestBody?.content['application/json'];
  const example =
    body?.example === undefined ? '' : `<pre>${text(JSON.stringify(body.example, null, 2))}</pre>`;
  const schema = body === undefined ? '' : schemaOf(body.schema);
  return `<h3><code>${text(name)}</code></h3><p>${text(summary)}. ${text(description)}</p>${example}${schema}`;
}

function schemaOf(schema: object): string {
  return `<details><summary>Schema</summary><pre>${text(JSON.stringify(schema, null, 2))}</pre></details>`;
}

/** Text that HTML shows as it is. */
function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
