import type { HttpReply } from '../server/http-call.js';
import type { RoutedCall } from './http.js';

/** A handler; `id` is what stands in the place of `{id}` in the path, decoded, where the route has one. */
export type RouteHandler = (call: RoutedCall, id: string) => HttpReply | Promise<HttpReply>;

/** Handlers by path, then by method. A path with `{id}` as its last segment, or the one before, takes any one segment there. */
export type Routes = Readonly<Record<string, Readonly<Record<string, RouteHandler>>>>;

interface Found {
  readonly methods?: Readonly<Record<string, RouteHandler>>;
  /** '' where the route has none; undefined when it is not UTF-8. */
  readonly id?: string | undefined;
}

/** @param pattern what `routeOf` says of the path */
export function findRoute(routes: Routes, path: string, pattern: string): Found {
  if (pattern === '') return {};
  const at = pattern.indexOf(ID);
  if (at < 0 || pattern === path) return { methods: routes[pattern], id: '' };
  const end = path.length - (pattern.length - at - ID.length);
  return { methods: routes[pattern], id: decoded(path.slice(at, end)) };
}

const ID = '{id}';

/** The route that a path is on, as it is written in `routes`; '' when it is on none. */
export function routeOf(routes: Routes, path: string): string {
  if (Object.hasOwn(routes, path)) return path;
  const last = path.lastIndexOf('/');
  if (last + 1 >= path.length) return '';
  const whole = path.slice(0, last + 1) + ID;
  if (Object.hasOwn(routes, whole)) return whole;
  const before = path.lastIndexOf('/', last - 1);
  if (before + 1 >= last) return '';
  const pattern = path.slice(0, before + 1) + ID + path.slice(last);
  return Object.hasOwn(routes, pattern) ? pattern : '';
}

/** What the addon, and `URLSearchParams`, write in place of bytes that are not UTF-8. */
export const REPLACEMENT = '\uFFFD';

function decoded(segment: string): string | undefined {
  if (segment.includes(REPLACEMENT)) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
