import { expect, test } from 'vitest';
import { ROUTE_SCOPES } from '../../gateway/access/scope-table.js';
import { ROUTE_DOCS } from '../../gateway/http/contract/route-docs.js';

test('every route is described, and nothing that is no route', () => {
  const of = (table: Readonly<Record<string, object>>) =>
    Object.entries(table).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
  expect(of(ROUTE_DOCS).sort()).toEqual(of(ROUTE_SCOPES).sort());
});
