import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { ROOT } from '../markdown.js';
import { temporaryFolder } from './built-gateway.js';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A new folder of an app that has installed the packed SDK; and `react`, which it has from here. */
export function appWithClient(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  const packed = execFileSync(process.execPath, [
    join(ROOT, 'pack-client.mjs'),
    '--to',
    join(folder, 'packed'),
  ]);
  const installed = join(folder, 'node_modules', '@afterclick', 'client');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', packed.toString().trim(), '--strip-components=1', '-C', installed]);
  for (const name of ['react', 'react-dom', 'scheduler'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Serves the files of a folder on a port of its own, which is another origin than any gateway's. `use` says of which. */
export async function serveFolder(): Promise<{
  server: Server;
  origin: string;
  use: (folder: string) => void;
}> {
  let folder = '';
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://shop').pathname);
    try {
      const file = readFileSync(join(folder, path.endsWith('/') ? `${path}index.html` : path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, origin, use: (served) => (folder = served) };
}
