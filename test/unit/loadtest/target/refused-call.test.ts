import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ItemsApi } from '../../../../loadtest/import/items-api.js';
import { catalogueIds, knownIds, uploadItems } from '../../../../loadtest/target/gateway-http.js';

/** Address of a server that answers everything so. */
async function answering(status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const PAGE = '<!DOCTYPE HTML>\n<html lang="en">\n<p>Not found</p>\n';
const calls: [string, (url: string) => Promise<unknown>][] = [
  ['GET', (url) => catalogueIds(url, 10)],
  ['GET', (url) => knownIds(url, ['a'])],
  ['PUT', (url) => uploadItems(url, [{ id: 'a' }])],
  ['PUT', (url) => new ItemsApi(url, undefined).put(['{"id":"a"}'])],
];

test('what answers and is no gateway is told of in a line, without its page', async () => {
  const url = await answering(404, PAGE);
  for (const [method, call] of calls) {
    const error = (await call(url).catch((refused: unknown) => refused)) as Error;
    expect(error.message).toContain(`${method} ${url}/v1/items`);
    expect(error.message).toContain('answered 404, as no gateway does: look what listens there');
    expect(error.message).not.toMatch(/[\n<]/);
  }
});

test('of a gateway its own words are told', async () => {
  const url = await answering(403, '{"code":"not_allowed","detail":"the token has no scope catalogue"}');
  for (const [, call] of calls) await expect(call(url)).rejects.toThrow('the token has no scope catalogue');
});
