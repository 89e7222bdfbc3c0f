import { expect, test } from 'vitest';
import { APPS_MAX, AppLine } from '../../../../../gateway/server/uws/app-line.js';
import type { Uws, UwsApp } from '../../../../../gateway/server/uws/uws.js';

test('connections of the oldest certificates are cut when there are too many, and all at the end', () => {
  const closed: number[] = [];
  let made = 0;
  const uws = {
    App: () => {
      const number = made++;
      return { close: () => closed.push(number) } as unknown as UwsApp;
    },
  } as unknown as Uws;
  const served: UwsApp[] = [];
  const apps = new AppLine(uws, undefined, (app) => served.push(app));
  for (let i = 0; i < APPS_MAX + 2; i++) expect(apps.next()).toBe(served[i]);
  expect(closed).toEqual([0, 1]);
  apps.close();
  expect(closed).toEqual(Array.from({ length: APPS_MAX + 2 }, (_, i) => i));
});
