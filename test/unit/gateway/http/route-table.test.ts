import { expect, test } from 'vitest';
import { findRoute, routeOf, type Routes } from '../../../../gateway/http/route-table.js';

const handler = () => ({ status: 200, contentType: '', body: '' });
const routes: Routes = {
  '/v1/items': { GET: handler },
  '/v1/items/{id}': { GET: handler },
  '/v1/users/{id}': { DELETE: handler },
  '/v1/users/{id}/graph': { GET: handler },
};

test.each([
  ['/v1/items', '/v1/items', ''],
  ['/v1/items/a%2Fb', '/v1/items/{id}', 'a/b'],
  ['/v1/users/ada/graph', '/v1/users/{id}/graph', 'ada'],
  ['/v1/users/a%2Fb/graph', '/v1/users/{id}/graph', 'a/b'],
  ['/v1/users/graph', '/v1/users/{id}', 'graph'],
  ['/v1/users/%ff/graph', '/v1/users/{id}/graph', undefined],
])('%s is on %s', (path, pattern, id) => {
  expect(routeOf(routes, path)).toBe(pattern);
  expect(findRoute(routes, path, pattern)).toEqual({ methods: routes[pattern], id });
});

test.each([
  '/v1/items/',
  '/v1/users//graph',
  '/v1/users/ada/other',
  '/v1/users/a/b/graph',
  'graph',
  '',
  '//',
])('%j is on none', (path) => {
  expect(routeOf(routes, path)).toBe('');
  expect(findRoute(routes, path, '')).toEqual({});
});
