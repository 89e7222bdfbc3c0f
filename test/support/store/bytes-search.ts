import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below a folder that hold one of these texts, as it is or as UTF-16, hex or base64, each with the text. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  const forms = texts.flatMap((text) => formsOf(text).map((form) => ({ text, form })));
  return filesIn(folder).flatMap((path) => {
    const bytes = readFileSync(path);
    return forms.filter(({ form }) => bytes.includes(form)).map(({ text }) => `${path}: ${text}`);
  });
}

/** Base64 of a text depends on where it stands: each of three places, without the letters at the ends that its neighbours share. */
function formsOf(text: string): Buffer[] {
  const raw = Buffer.from(text, 'utf8');
  const base64 = [0, 1, 2].map((before) => {
    const letters = Buffer.concat([Buffer.alloc(before), raw])
      .toString('base64')
      .replaceAll('=', '');
    return letters.slice(before === 0 ? 0 : before + 1, -1);
  });
  return [
    raw,
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    Buffer.from(raw.toString('hex')),
    ...base64.map((letters) => Buffer.from(letters)),
  ];
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });
}
