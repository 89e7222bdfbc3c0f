/** `name=value,name=value`, values percent-encoded where need be, as OpenTelemetry writes it. Undefined for what is none. */
export function readHeaders(text: string): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim().toLowerCase();
    const value = decoded(pair.slice(at + 1).trim());
    if (at < 1 || !/^[\w-]+$/.test(name) || value === undefined || /[^\t\x20-\x7e]/.test(value))
      return undefined;
    headers[name] = value;
  }
  return headers;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
