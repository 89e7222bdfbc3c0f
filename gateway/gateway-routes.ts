import type { FilterCache } from '../model/catalogue/filter/filter-cache.js';
import type { ConnectionContext } from './socket/connection-context.js';
import { HttpErase } from './http/http-erase.js';
import { HttpEvents } from './http/http-events.js';
import { HttpItems } from './http/items/http-items.js';
import { HttpModel } from './http/http-model.js';
import type { HttpOperations } from './http/http-operations.js';
import type { HttpHandler } from './server/http-call.js';
import { HttpMarket } from './market/http-market.js';
import { HttpMcp } from './mcp/http-mcp.js';
import { HttpAtRisk } from './http/http-at-risk.js';
import { mayTell } from './segments/deliver-hook.js';
import { HttpSegments } from './segments/http-segments.js';
import { HttpSearch } from './search/http-search.js';
import { BulkGate } from './http/bodies/bulk-gate.js';
import { LONG_CALLS } from './http/ranks/long-call.js';
import { HttpBatch } from './http/ranks/http-batch.js';
import { HttpOpenRtb } from './http/ranks/http-openrtb.js';
import { RankAsker } from './http/ranks/rank-asker.js';
import { HttpRank } from './http/ranks/http-rank.js';
import { HttpUsers } from './http/http-users.js';
import type { RouteHandler, Routes } from './http/route-table.js';
import { UserExports } from './calls/user-exports.js';
import { GraphImports } from './calls/graph-imports.js';
import type { GraphNames } from './calls/user-graphs.js';
import type { RankableItems } from './calls/rank-calls.js';
import type { GatewayContext } from './gateway-context.js';

/** What routes share with sockets. */
export interface RouteSources {
  readonly shared: Pick<ConnectionContext, 'graphs' | 'profiles' | 'intake' | 'rankCalls' | 'slots'>;
  readonly names: GraphNames;
  readonly filters: FilterCache;
  readonly items: RankableItems;
  readonly operations: HttpOperations;
  /** Answers a call that another one makes, as if it had come in by itself. */
  readonly answer: HttpHandler;
}

/** The calls over HTTP, by path and method. What is written waits while the disk is full. */
export function gatewayRoutes(context: GatewayContext, sources: RouteSources): Routes {
  const { access, bites, catalogue, clock, log, models, pool, disk, stats } = context;
  const { answer, filters, names, operations } = sources;
  const { graphs, profiles, intake, rankCalls, slots } = sources.shared;
  const model = new HttpModel(models, () => catalogue.size);
  const search = new HttpSearch({
    ...context,
    calls: rankCalls,
    slots,
    items: sources.items,
    words: (text, count) => context.search.hits(text, count),
  });
  const asker = new RankAsker(pool, rankCalls, access, clock);
  const rank = new HttpRank(asker);
  const longCalls = new BulkGate(LONG_CALLS);
  const events = new HttpEvents(pool, intake, { stats, clock, log, bites, access });
  const items = new HttpItems(catalogue, filters, bites, context.communities);
  const exports = new UserExports(pool, names);
  const titleOf = (id: string): string | undefined => catalogue.title(catalogue.indexOf(id));
  const imports = new GraphImports({
    pool,
    alike: (text, waitMs) => context.meaning.alike(text, waitMs),
    idOf: (item) => names.idOf(item),
  });
  const users = new HttpUsers({ access, exports, graphs, imports, pool, profiles, titleOf });
  const segments = new HttpSegments(
    context.segments,
    context.foundSegments,
    (url) => mayTell(url, context.hooks),
    { bites, clock },
  );
  const erase = new HttpErase(pool);
  const writing =
    (handler: RouteHandler): RouteHandler =>
    (call, id) =>
      disk.guard(() => handler(call, id));
  return {
    '/healthz': { GET: operations.health },
    '/readyz': { GET: operations.readiness },
    '/metrics': { GET: operations.metrics },
    '/v1/stats': { GET: operations.stats },
    '/v1/market': { GET: new HttpMarket(context.market, catalogue, context.communities).get },
    '/v1/model': { GET: model.get, POST: writing(model.post) },
    '/v1/model/rollback': { POST: writing(model.rollBack) },
    '/v1/snapshots': {
      GET: operations.listSnapshots,
      POST: writing(operations.takeSnapshot),
    },
    '/v1/recommend': { POST: rank.recommend },
    '/v1/rank': { POST: rank.rank },
    '/v1/search': { POST: search.post },
    '/v1/mcp': { POST: new HttpMcp(answer, bites).post },
    '/v1/batch': { POST: new HttpBatch(asker, bites, longCalls).post },
    '/v1/openrtb/rank': { POST: new HttpOpenRtb(asker, bites, longCalls).post },
    '/v1/events': { POST: writing(events.post) },
    '/v1/users': { GET: new HttpAtRisk(context).get },
    '/v1/users/{id}': { DELETE: writing(erase.user) },
    '/v1/sessions/{id}': { DELETE: writing(erase.session) },
    '/v1/items': {
      GET: items.list,
      PUT: writing(items.put),
      DELETE: writing(items.deleteMany),
    },
    '/v1/users/{id}/graph': { GET: users.userGraph, POST: writing(users.importGraph) },
    '/v1/sessions/{id}/graph': { GET: users.visitorGraph },
    '/v1/users/{id}/export': { GET: users.userExport },
    '/v1/sessions/{id}/export': { GET: users.visitorExport },
    '/v1/users/{id}/merge': { POST: writing(users.merge) },
    '/v1/users/{id}/consent': { POST: writing(users.userConsent) },
    '/v1/sessions/{id}/consent': { POST: writing(users.visitorConsent) },
    '/v1/users/{id}/profile': { GET: users.userProfile },
    '/v1/sessions/{id}/profile': { GET: users.visitorProfile },
    '/v1/segments': { GET: segments.list },
    '/v1/segments/{id}': {
      GET: segments.get,
      PUT: writing(segments.put),
      DELETE: writing(segments.remove),
    },
    '/v1/segments/{id}/members': { GET: segments.members },
    '/v1/items/{id}': {
      GET: items.get,
      PATCH: writing(items.patch),
      DELETE: writing(items.delete),
    },
  };
}
